using GraphPartition.Runtime.Devices;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class MissingLibraryTests
{
    [Fact]
    public void The_library_is_named_with_where_it_can_come_from()
    {
        string told = MissingLibrary.Explain("[ErrorCode:Fail] /onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 FAIL : Failed to load library "
            + "/app/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory");
        Assert.StartsWith("the loader does not find libcublasLt.so.13. ", told, StringComparison.Ordinal);
        Assert.Contains("LD_LIBRARY_PATH", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_messages_stay() => Assert.Equal("CUDA failure 100: no device", MissingLibrary.Explain("CUDA failure 100: no device"));
}
