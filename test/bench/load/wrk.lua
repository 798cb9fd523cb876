-- What wrk saw, as JSON on the last line.
done = function(summary, latency)
  local errors = summary.errors
  local line = '{"requests":%d,"microseconds":%d,"errors":%d,"statuses":%d,"p50":%d,"p99":%d}\n'
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(line:format(summary.requests, summary.duration, broken, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
