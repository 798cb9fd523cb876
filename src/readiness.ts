/** Whether new work should be sent here. */

export type ReadinessState = "starting" | "ready" | "draining";

export interface Readiness {
  readonly state: ReadinessState;
}

export interface ReadinessSwitch extends Readiness {
  set(state: ReadinessState): void;
}

export function createReadiness(): ReadinessSwitch {
  let current: ReadinessState = "starting";
  return {
    get state() {
      return current;
    },
    set(state) {
      current = state;
    },
  };
}
