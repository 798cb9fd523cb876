import dns, { type LookupAddress, type LookupOptions } from "node:dns";
import { mock } from "node:test";

type Answered = (error: null, address: string | LookupAddress[], family?: number) => void;

/** Every host name is this machine from now on, in this process: for stores that have the bucket in the host name. */
export function allNamesAreHere(): void {
  mock.method(dns, "lookup", (_name: string, options: LookupOptions | Answered, done?: Answered) => {
    const answered = typeof options === "function" ? options : done;
    const all = typeof options === "object" && options.all === true;
    process.nextTick(() => {
      if (all) answered?.(null, [{ address: "127.0.0.1", family: 4 }]);
      else answered?.(null, "127.0.0.1", 4);
    });
  });
}
