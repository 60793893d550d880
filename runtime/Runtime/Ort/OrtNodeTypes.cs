using System.Collections.Concurrent;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Infers the types of nodes whose operators come from custom-operator libraries: a session of the node alone shows the types that ONNX
/// Runtime gives its outputs. It can do so if the element types of all inputs are known. Thread-safe.
/// </summary>
/// <param name="operators">The libraries.</param>
public sealed class OrtNodeTypes(CustomOperators operators) : IOperatorRules
{
    private const int Opset = 17; // nothing but the node's own operator is in the model
    private const int LargestConstant = 1 << 12; // bytes of a constant that may tell a shape; larger ones are weights

    private readonly ConcurrentDictionary<string, ImmutableArray<IrType>> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<OpName, bool> _lacking = new();

    /// <inheritdoc/>
    public void Infer(NodeInference node)
    {
        if (operators.IsEmpty || _lacking.ContainsKey(node.Op) || !node.Attributes.Bodies().IsEmpty || !node.Inputs.All(IsTyped)) return;
        Model model = Alone(node);
        string key = string.Join(' ', model.Graph.Inputs.Select(v => v.Type))
            + ContentKey.Of(model.Graph, model.Opsets) + node.OutputCount;
        ImmutableArray<IrType> types = _known.GetOrAdd(key, _ => Ask(model, node.Op));
        for (int i = 0; i < types.Length; i++) node.Set(i, types[i]);
    }

    private static bool IsTyped(Value? value) =>
        value is null || value.Type is TensorType { Element: not ElementType.Undefined }
            or SequenceType { Element: TensorType { Element: not ElementType.Undefined } };

    private static Model Alone(NodeInference node)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "node" };
        Value?[] inputs = [.. node.Inputs.Select((v, i) => v is null ? null
            : v.Data is { ByteCount: <= LargestConstant } data ? builder.Constant($"i{i}", data) : builder.Input($"i{i}", Nameless(v.Type)))];
        OutputSpec[] outputs = [.. Enumerable.Range(0, node.OutputCount).Select(i => new OutputSpec($"o{i}"))];
        Node alone = builder.Add(node.Op, inputs, outputs, node.Attributes);
        Graph graph = builder.Build([.. alone.Outputs.Select(v => v!)]);
        var opsets = OpsetVersions.Standard(Opset).SetItem(node.Op.Domain, node.Op.Domain.Length == 0 ? Opset : 1);
        return new(graph) { Opsets = opsets, FormatVersion = 8 };
    }

    /// <summary>The types of the outputs; none if ONNX Runtime refuses the node.</summary>
    private ImmutableArray<IrType> Ask(Model model, OpName op)
    {
        try
        {
            using SessionOptions options = OrtSessionFactory.ForConstants(operators);
            using var session = new InferenceSession(OnnxWriter.ToBytes(model, new OnnxWriteOptions { ValueTypes = false }), options);
            return [.. session.OutputNames.Select(name => TypeOf(session.OutputMetadata[name]))];
        }
        catch (OnnxRuntimeException e)
        {
            if (OrtMessages.IsUnknownOperator(e)) _lacking[op] = true;
            return [];
        }
    }

    private static IrType TypeOf(NodeMetadata value) => value.OnnxValueType switch
    {
        OnnxValueType.ONNX_TYPE_TENSOR => new TensorType((ElementType)value.ElementDataType, ShapeOf(value)),
        OnnxValueType.ONNX_TYPE_SEQUENCE => new SequenceType(TypeOf(value.AsSequenceMetadata().ElementMeta)),
        _ => IrType.Unknown,
    };

    /// <summary>The shape; null if it has no dimensions, because ONNX Runtime's API answers so for a tensor of unknown rank too.</summary>
    private static Shape? ShapeOf(NodeMetadata value) =>
        value.Dimensions.Length == 0 ? null : new([.. value.Dimensions.Select(size => size >= 0 ? Dim.Known(size) : Dim.Unknown)]);

    /// <summary>A type without names of dimensions: with them, ONNX Runtime (1.31) drops the shape that a custom operator infers.</summary>
    private static IrType Nameless(IrType type) => type is TensorType { Shape: { } shape } tensor
        ? tensor with { Shape = new([.. shape.Dims.Select(d => d.IsKnown ? d : Dim.Unknown)]) } : type;
}
