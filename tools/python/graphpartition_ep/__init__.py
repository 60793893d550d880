"""GraphPartition as an execution provider of ONNX Runtime.

    import onnxruntime, graphpartition_ep
    graphpartition_ep.register(onnxruntime)
    options = onnxruntime.SessionOptions()
    graphpartition_ep.append(onnxruntime, options, {"report": "plan.json"})
    session = onnxruntime.InferenceSession("model.onnx", options)

The options are those of docs/execution-provider.md.
"""

import os

PROVIDER = "GraphPartitionExecutionProvider"
"""The name of the provider."""

REGISTRATION = "graphpartition"
"""The name under which the library is registered."""


def library_path():
    """The path of the native library."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "libgraphpartition_ep.so")


def register(onnxruntime):
    """Registers the library with ONNX Runtime; once in each process. Needs ONNX Runtime 1.23 or later."""
    if not hasattr(onnxruntime, "register_execution_provider_library"):
        raise RuntimeError(
            "ONNX Runtime %s cannot load execution providers from libraries; use 1.23 or later"
            % getattr(onnxruntime, "__version__", "of unknown version"))
    onnxruntime.register_execution_provider_library(REGISTRATION, library_path())


def unregister(onnxruntime):
    """Takes the registration back. Sessions that use the provider should be gone."""
    onnxruntime.unregister_execution_provider_library(REGISTRATION)


def devices(onnxruntime):
    """The devices that the provider offers: the processor, and GPUs of NVIDIA."""
    return [d for d in onnxruntime.get_ep_devices() if d.ep_name == PROVIDER]


def append(onnxruntime, session_options, options=None, gpu=False):
    """Puts the provider into the options of a session, for the processor or for the first GPU.

    Values of options may be numbers; ONNX Runtime gets texts.
    """
    kind = onnxruntime.OrtHardwareDeviceType.GPU if gpu else onnxruntime.OrtHardwareDeviceType.CPU
    found = [d for d in devices(onnxruntime) if d.device.type == kind]
    if not found:
        raise RuntimeError("there is no such device of the provider; call register first")
    session_options.add_provider_for_devices(found[:1], {k: str(v) for k, v in (options or {}).items()})
