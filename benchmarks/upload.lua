-- wrk: a POST with a body of 1 MB. Further headers come from the command line.
wrk.method = "POST"
wrk.body = string.rep("0123456789abcdef", 65536)
wrk.headers["Content-Type"] = "application/octet-stream"
