# Peer: llama.cpp through llama-cpp-python, built for the machine. Prints one JSON line: prefill and decode tokens a second.
# Install: CMAKE_ARGS="-DGGML_NATIVE=ON" pip install --no-binary llama-cpp-python llama-cpp-python==0.3.36
import json, sys, time
import llama_cpp

model_path, threads, prefill, decode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
llm = llama_cpp.Llama(model_path, n_ctx=max(1024, prefill + decode + 8), n_threads=threads, n_threads_batch=threads, n_batch=512, verbose=False)
text = open(sys.argv[5], encoding="utf-8").read() if len(sys.argv) > 5 else "The quick brown fox jumps over the lazy dog. " * 200
ids = llm.tokenize(text.encode(), add_bos=False)[:prefill]
llm.eval(ids[:8])
llm.reset()
begin = time.perf_counter()
llm.eval(ids)
middle = time.perf_counter()
token = llm.sample(temp=0.0)
for _ in range(decode):
    llm.eval([token])
    token = llm.sample(temp=0.0)
end = time.perf_counter()
print(json.dumps({"peer": "llama.cpp", "version": llama_cpp.__version__, "threads": threads, "prefillTokensPerSecond": len(ids) / (middle - begin), "decodeTokensPerSecond": decode / (end - middle)}))
