import { LONGEST_TIMER } from "../duration.ts";
import { adviseOnDuration, count, duration, flag, listOf, setting, tcpAddress, text } from "../kinds.ts";

const timer = (byDefault: string, about: string) =>
  setting(duration({ longest: LONGEST_TIMER }).prefault(byDefault), about, { advice: adviseOnDuration });
const accepted = () =>
  setting(
    text()
      .or(count({ from: 0 }))
      .or(flag())
      .optional(),
    "Accepted; nothing to do.",
  );

/** distribution's, of versions 2.8 and 3. */
export const redisSettings = {
  "redis.addrs": setting(
    listOf(tcpAddress(), { separatedBy: /[\s,]+/ }).prefault([]),
    "Where Redis is; several addresses are a cluster, or with redis.mastername its sentinels.",
    { below: "list" },
  ),
  "redis.addr": setting(tcpAddress().optional(), "The same, in the form of distribution 2.8."),
  "redis.username": setting(text().optional(), "Who logs in to Redis."),
  "redis.password": setting(text().optional(), "The password for that.", { secret: true }),
  "redis.db": setting(count({ from: 0 }).prefault(0), "The number of the database."),
  "redis.mastername": setting(text().optional(), "The name that the sentinels know the master by."),
  "redis.sentinelusername": setting(text().optional(), "Who logs in to the sentinels."),
  "redis.sentinelpassword": setting(text().optional(), "The password for that.", { secret: true }),
  "redis.dialtimeout": timer("5s", "How long a connection may take."),
  "redis.readtimeout": timer("250ms", "How long an answer may take; after that the bucket is asked."),
  "redis.tls.certificate": setting(text().optional(), "The client's certificate, a path."),
  "redis.tls.key": setting(text().optional(), "The key of that certificate, a path."),
  "redis.tls.rootcas": setting(listOf(text()).prefault([]), "Whom to trust, paths.", { below: "list" }),
  "redis.tls.enabled": setting(flag().optional(), "TLS without any of the three, in the form of distribution 2.8."),
  "redis.writetimeout": accepted(),
  "redis.maxretries": accepted(),
  "redis.minretrybackoff": accepted(),
  "redis.maxretrybackoff": accepted(),
  "redis.poolsize": accepted(),
  "redis.pooltimeout": accepted(),
  "redis.poolfifo": accepted(),
  "redis.minidleconns": accepted(),
  "redis.maxidleconns": accepted(),
  "redis.maxactiveconns": accepted(),
  "redis.connmaxidletime": accepted(),
  "redis.connmaxlifetime": accepted(),
  "redis.maxredirects": accepted(),
  "redis.readonly": accepted(),
  "redis.routebylatency": accepted(),
  "redis.routerandomly": accepted(),
  "redis.clientname": accepted(),
  "redis.protocol": accepted(),
  "redis.contexttimeoutenabled": accepted(),
  "redis.disableidentity": accepted(),
  "redis.identitysuffix": accepted(),
  "redis.unstableresp3": accepted(),
  "redis.pool.maxidle": accepted(),
  "redis.pool.maxactive": accepted(),
  "redis.pool.idletimeout": accepted(),
};
