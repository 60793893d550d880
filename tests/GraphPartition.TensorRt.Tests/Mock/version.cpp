// A library that says it is some TensorRT, and nothing else.
extern "C" __attribute__((visibility("default"))) int getInferLibVersion() { return MOCK_CLAIMS; }
