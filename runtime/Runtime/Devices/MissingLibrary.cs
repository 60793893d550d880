using System.Text.RegularExpressions;

namespace GraphPartition.Runtime.Devices;

/// <summary>What the loader says where ONNX Runtime's CUDA provider needs a library that is not there.</summary>
internal static partial class MissingLibrary
{
    /// <summary>Which library is missing and where it can come from; the message itself where it is about something else.</summary>
    /// <param name="message">ONNX Runtime's message.</param>
    public static string Explain(string message) => Pattern().Match(message) is { Success: true } found
        ? $"the loader does not find {found.Groups["library"]}. ONNX Runtime's CUDA provider needs CUDA 13 (cuBLAS, cuRAND, cuFFT, NVRTC) and cuDNN 9: "
            + "install them, or name the folders that hold their libraries in LD_LIBRARY_PATH; PyTorch for CUDA 13 brings them in site-packages/nvidia/*/lib"
        : message;

    [GeneratedRegex(@"(?<library>lib[\w.+-]+\.so[\w.]*): cannot open shared object file")]
    private static partial Regex Pattern();
}
