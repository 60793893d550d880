using GraphPartition.TensorRt.Library;

namespace GraphPartition.EngineBuilder.Build;

/// <summary>The newest opset that a release's ONNX parser was made for (docs/operators.md of onnx-tensorrt at each release).</summary>
internal static class ParserOpset
{
    public static int NewestOf(TensorRtVersion version) => version switch
    {
        { IsRtx: true } => 22, // RTX 1.x has the parser of the 10.8 to 10.13 line
        { Major: < 10 } => 17,
        { Major: 10, Minor: < 6 } => 20,
        { Major: 10, Minor: < 12 } => 22,
        _ => 24,
    };
}
