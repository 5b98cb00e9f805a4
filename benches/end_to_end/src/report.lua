-- For wrk: the method is the first argument after `--`, and the last line printed is what
-- `load.rs` reads.

function init(args)
  wrk.method = args[1]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"micros":%d,"requests":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}',
    summary.duration, summary.requests, summary.bytes,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
