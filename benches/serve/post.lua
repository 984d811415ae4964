-- The load of `make bench-serve` for wrk: posts the lines of a file in turn, and ends with one line of JSON.
-- Usage: wrk --script post.lua URL -- BODIES PATH

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local headers = { ["Content-Type"] = "application/json" }
  requests = {}
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", arguments[2], headers, body)
  end
  -- Each thread begins at another body.
  turn = number * 97 % #requests
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_us": %d, "p99_us": %d, "worst_us": %d, "failed": %d, "refused": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
