"""Triton's own Python client against gpc serve: triton_client.py LIBRARY HTTP GRPC, where LIBRARY is src/python/library of
triton-inference-server/client with the generated modules of grpc_service.proto in tritonclient/grpc. The server has a model of each type
of the protocol, named after it (x [n, 2] -> y = x), the model 'scale' (y = 2 x), --model-control and --shared-memory."""
import sys, numpy as np
sys.path.insert(0, sys.argv[1])
import tritonclient.http as H, tritonclient.grpc as G
h = H.InferenceServerClient(sys.argv[2]); g = G.InferenceServerClient(sys.argv[3])
for c in (h, g):
    assert c.is_server_live() and c.is_server_ready() and c.is_model_ready('scale'), c
    print(c.get_server_metadata())
    print(str(c.get_model_metadata('scale'))[:300])
    print(str(c.get_model_config('scale'))[:200].replace('\n',' '))
    print(str(c.get_model_repository_index())[:200].replace('\n',' '))
types = ['BOOL','UINT8','UINT16','UINT32','UINT64','INT8','INT16','INT32','INT64','FP16','FP32','FP64','BYTES','BF16']
from tritonclient.utils import triton_to_np_dtype
n=0
for m,c in ((H,h),(G,g)):
  for t in types:
    if t=='BF16': x=np.array([[1.5,-2]],dtype=np.float32)
    elif t=='BYTES': x=np.array([[b'abc', 'ä'.encode()]],dtype=np.object_)
    elif t=='BOOL': x=np.array([[True,False]])
    else: x=np.array([[1,7]],dtype=triton_to_np_dtype(t))
    for binary in (True, False):
      if m is G and not binary: continue
      if not binary and t in ('FP16','BF16'): continue
      i=m.InferInput('x',[1,2],t)
      o=m.InferRequestedOutput('y',binary_data=binary) if m is H else m.InferRequestedOutput('y')
      i.set_data_from_numpy(x,binary_data=binary) if m is H else i.set_data_from_numpy(x)
      r=c.infer(t,[i],outputs=[o],request_id='id1')
      y=r.as_numpy('y')
      ok = [[e if isinstance(e,bytes) else e.encode() for e in row] for row in y.tolist()]==[[b'abc','ä'.encode()]] if t=='BYTES' else np.array_equal(x,y)
      assert ok, (m,t,binary,x,y)
      n+=1
print('types', n)
# default outputs, classification, async, streaming, timeout, priority, compression
x=np.arange(8,dtype=np.float32).reshape(4,2)
i=H.InferInput('x',[4,2],'FP32'); i.set_data_from_numpy(x)
for comp in (None,'gzip','deflate'):
    r=h.infer('scale',[i],request_compression_algorithm=comp,response_compression_algorithm=comp); assert np.array_equal(r.as_numpy('y'),2*x), comp
r=h.infer('scale',[i],priority=1,timeout=1000000); assert np.array_equal(r.as_numpy('y'),2*x)
r=h.infer('scale',[i],outputs=[H.InferRequestedOutput('y',class_count=1)]); print(r.as_numpy('y'))
gi=G.InferInput('x',[4,2],'FP32'); gi.set_data_from_numpy(x)
r=g.infer('scale',[gi],outputs=[G.InferRequestedOutput('y',class_count=1)]); print(r.as_numpy('y'))
rs=[h.async_infer('scale',[i]) for _ in range(20)]; assert all(np.array_equal(r.get_result().as_numpy('y'),2*x) for r in rs)
got=[]
g.start_stream(callback=lambda result,error: got.append((result,error)))
for k in range(100): g.async_stream_infer('scale',[gi],request_id=str(k))
g.stop_stream(); assert len(got)==100 and all(e is None and np.array_equal(r.as_numpy('y'),2*x) for r,e in got), len(got)
print('stream', [r.get_response().id for r,e in got][:5])
for c in (h,g):
    s=c.get_inference_statistics('scale'); print(str(s)[:200].replace('\n',' '))
from tritonclient.utils import InferenceServerException
for c,m,ii in ((h,H,i),(g,G,gi)):
    try: c.infer('nope',[ii]); assert False
    except InferenceServerException as e: print(e.status(), e.message()[:90])
    c.unload_model('scale'); assert not c.is_model_ready('scale'); c.load_model('scale'); assert c.is_model_ready('scale')
# shared memory
import tritonclient.utils.shared_memory as shm
hd=shm.create_shared_memory_region('inp','/gp_in',x.nbytes); shm.set_shared_memory_region(hd,[x])
ho=shm.create_shared_memory_region('out','/gp_out',x.nbytes)
for c,m in ((h,H),(g,G)):
    c.register_system_shared_memory('inp','/gp_in',x.nbytes); c.register_system_shared_memory('out','/gp_out',x.nbytes)
    a=m.InferInput('x',[4,2],'FP32'); a.set_shared_memory('inp',x.nbytes)
    b=m.InferRequestedOutput('y'); b.set_shared_memory('out',x.nbytes)
    r=c.infer('scale',[a],outputs=[b]); y=shm.get_contents_as_numpy(ho,np.float32,[4,2]); assert np.array_equal(y,2*x)
    print(str(c.get_system_shared_memory_status())[:150].replace('\n',' '))
    c.unregister_system_shared_memory()
shm.destroy_shared_memory_region(hd); shm.destroy_shared_memory_region(ho)
print('ALL OK')
