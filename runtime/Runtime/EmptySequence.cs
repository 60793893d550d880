using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>Sequences without a tensor: ONNX Runtime's API makes none, but its SequenceEmpty does.</summary>
internal static class EmptySequence
{
    private const int Opset = 11, FormatVersion = 6; // since which there is that operator

    /// <summary>An empty sequence of tensors; the caller disposes it.</summary>
    /// <exception cref="EnvironmentException">ONNX Runtime has none of that element type (GP5006).</exception>
    public static OrtValue Of(ElementType element)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "empty sequence" };
        var type = new SequenceType(IrType.Tensor(element));
        Node empty = builder.Add("SequenceEmpty", [], [new("y", type)], AttributeMap.Of(("dtype", (long)element)));
        var model = new Model(builder.Build(empty.Outputs[0]!)) { Opsets = OpsetVersions.Standard(Opset), FormatVersion = FormatVersion };
        try
        {
            using InferenceSession session = new OrtSessions(new()).Open(OnnxWriter.ToBytes(model), directory: null, isOnlyOne: true);
            using var run = new RunOptions();
            return session.Run(run, [], [], session.OutputNames)[0]; // the collection would end with its values, and has nothing else
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtFault.Of("SequenceEmpty", e);
        }
    }

    /// <summary>The element type of the tensors of a sequence that ONNX Runtime made.</summary>
    public static ElementType ElementOf(OrtValue sequence) =>
        (ElementType)sequence.GetTypeInfo().SequenceTypeInfo.ElementType.TensorTypeAndShapeInfo.ElementDataType;
}
