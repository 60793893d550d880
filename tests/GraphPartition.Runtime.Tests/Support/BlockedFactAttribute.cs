using System.Runtime.InteropServices;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>A test of tensors in blocks of channels, which ONNX Runtime has on x64 alone.</summary>
internal sealed class BlockedFactAttribute : FactAttribute
{
    public BlockedFactAttribute() => Skip = WhyNot;

    internal static string? WhyNot =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? null
            : "ONNX Runtime computes convolutions on blocks of channels on x64 alone";
}
