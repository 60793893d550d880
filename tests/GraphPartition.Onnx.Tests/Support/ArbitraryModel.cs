using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Onnx.Tests.Support;

/// <summary>
/// Models with a bit of everything: odd names, all kinds of attributes and types, bodies with captures, defaults, functions.
/// They mean nothing; they must survive every form.
/// </summary>
internal sealed class ArbitraryModel
{
    private static readonly string[] Stems =
        ["x", "y", "/a/b.c_1", "12", "-1", "_", "doc", "const", "opset", "x y", "\"q\"\\", "gr\u00fc\u00df\n", "", "//c", "->", "a:b",
            "\U0001F600", "graph", "inf", "ints", "+x"];

    private static readonly OpName[] Ops = ["Add", "If", new("com.microsoft", "Gelu"), new("my dom", "1op", "over load"),
        new("a", "b", "c")];

    private readonly Choices _choices;
    private readonly HashSet<string> _used = [], _usedByNodes = [];

    private ArbitraryModel(byte[] bytes) => _choices = new(bytes);

    /// <summary>The model that a list of bytes stands for.</summary>
    public static Model From(byte[] bytes) => new ArbitraryModel(bytes).Model();

    private Model Model()
    {
        int count = _choices.Below(3);
        Graph graph = Graph([], 0, false);
        var functions = new List<Function>();
        for (int i = 0; i < count; i++)
            functions.Add(new(new OpName("ai.graphpartition", "F" + i), Graph([], 1, true))
            {
                Attributes = ["alpha"],
                Defaults = AttributeMap.Of(("beta", Attribute([], 9))),
                Opsets = OpsetVersions.Standard(17),
                Metadata = Metadata(),
            });
        return new Model(graph)
        {
            Functions = [.. functions],
            Opsets = OpsetVersions.Standard(17).Add("my dom", 3),
            ProducerName = _choices.Of(Stems),
            ModelVersion = _choices.Next(),
            Metadata = Metadata() ?? new("", []),
            Training = [.. Many(() => (ReadOnlyMemory<byte>)new byte[] { 0x0a, 0, _choices.Next() })],
        };
    }

    private Graph Graph(ImmutableArray<Value> outer, int depth, bool function)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance)
        {
            Name = function ? "" : "g" + _choices.Of(Stems),
            Metadata = function
            ? null : Metadata()
        };
        var visible = outer.ToBuilder();
        for (int i = _choices.Below(3); i > 0; i--) visible.Add(Input(builder, function));
        for (int i = _choices.Below(3); i > 0; i--) visible.Add(builder.Constant(Name(), Tensor(), function ? null : ValueMetadata(true)));
        for (int i = _choices.Below(5); i > 0 && !_choices.AtEnd; i--)
        {
            var inputs = new Value?[_choices.Below(4)];
            for (int n = 0; n < inputs.Length; n++) inputs[n] = visible.Count == 0 || _choices.OneIn(4) ? null : _choices.Of(visible);
            var outputs = new OutputSpec[_choices.Below(3)];
            for (int n = 0; n < outputs.Length; n++) outputs[n] = _choices.OneIn(4) ? default : Output(function);
            var attributes = AttributeMap.Empty;
            for (int n = _choices.Below(3); n > 0; n--)
                attributes = attributes.With(_choices.Of(Stems) + n, Attribute(visible.ToImmutable(), depth));
            Node node = builder.Add(_choices.Of(Ops), inputs, outputs, attributes, NodeName(), 0, Metadata());
            visible.AddRange(node.Outputs.OfType<Value>());
        }
        var results = new List<Value>();
        for (int i = _choices.Below(3); i > 0 && visible.Count > 0; i--)
            if (_choices.Of(visible) is var v && !results.Contains(v) && !outer.Contains(v)) results.Add(v);
        return builder.Build([.. results]);
    }

    private Value Input(GraphBuilder builder, bool function)
    {
        bool hasDefault = !function && _choices.OneIn(4);
        return builder.Input(Name(), Type(0), hasDefault ? Tensor() : null, function ? null : ValueMetadata(hasDefault));
    }

    private OutputSpec Output(bool function) => new(Name(), _choices.OneIn(3) ? null : Type(0), function ? null : ValueMetadata(false));

    /// <summary>Metadata of a value; denotations and quantization, which must fit the rest of the model, are in
    /// <see cref="Unit.MetadataTests"/>.</summary>
    private ValueMetadata? ValueMetadata(bool isTensor)
    {
        if (!_choices.OneIn(5)) return null;
        var metadata = new ValueMetadata { Value = Metadata(), Tensor = isTensor ? Metadata() : null };
        return metadata.IsEmpty ? null : metadata;
    }

    /// <summary>An attribute; with bodies up to depth 3.</summary>
    private AttributeValue Attribute(ImmutableArray<Value> visible, int depth) => _choices.Below(depth < 3 ? 16 : 14) switch
    {
        0 => (long)(sbyte)_choices.Next(),
        1 => Float(),
        2 => _choices.Of(Stems),
        3 => new StringAttribute(new byte[] { 0xff, _choices.Next() }),
        4 => new IntsAttribute([.. Many(() => long.MaxValue - _choices.Next())]),
        5 => new FloatsAttribute([.. Many(Float)]),
        6 => new StringsAttribute([.. Many(() => (ReadOnlyMemory<byte>)new byte[] { _choices.Next() })]),
        7 => Tensor(),
        8 => new TensorsAttribute([.. Many(Tensor)]),
        9 => new TypeAttribute(Type(0)),
        10 => new TypesAttribute([.. Many(() => Type(0))]),
        11 => new SparseTensorAttribute(Sparse()),
        12 => new SparseTensorsAttribute([.. Many(Sparse)]),
        13 => new IntAttribute(long.MinValue),
        14 => Graph(visible, depth + 1, false),
        _ => new GraphsAttribute([.. Many(() => Graph(visible, depth + 1, false))]),
    };

    private IEnumerable<T> Many<T>(Func<T> one)
    {
        for (int i = _choices.Below(3); i > 0; i--) yield return one();
    }

    private float Float() =>
        _choices.Of<float>([0, -0f, 1, 0.1f, float.MaxValue, float.Epsilon, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
        BitConverter.UInt32BitsToSingle(0x7fc00123), -1e20f]);

    private TensorData Tensor()
    {
        var element = (ElementType)(1 + _choices.Below((int)ElementType.Int2));
        long[] dims = [.. Many(() => (long)_choices.Below(4))];
        long count = TensorData.CountOf([.. dims]);
        if (element == ElementType.String)
            return new StringTensor(
                [.. dims], [.. Enumerable.Range(0, (int)count).Select(i => (ReadOnlyMemory<byte>)new byte[] { (byte)(i * 90) })]);
        var bytes = new byte[element.ByteCount(count)];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = _choices.Next();
        return new MemoryTensor(element, [.. dims], bytes);
    }

    private SparseTensorData Sparse() => new(TensorData.Floats([Float(), 2]), TensorData.Int64s(0, _choices.Next()), [300]);

    private IrType Type(int depth) => _choices.Below(depth < 3 ? 9 : 4) switch
    {
        0 => IrType.Unknown,
        1 or 2 or 3 => new TensorType((ElementType)(1 + _choices.Below((int)ElementType.Int2)), Shape()),
        4 => new SparseTensorType(ElementType.Float32, Shape()),
        5 => new SequenceType(Type(depth + 1)),
        6 => new OptionalType(Type(depth + 1)),
        7 => new MapType(ElementType.String, Type(depth + 1)),
        _ => new TensorType(ElementType.Float16, GraphPartition.Ir.Types.Shape.Scalar),
    };

    private Shape? Shape() => _choices.OneIn(5) ? null : new(Many(() => _choices.Below(3) switch
    {
        0 => Dim.Known(_choices.Next()),
        1 => Dim.Named(_choices.Of(Stems)),
        _ => Dim.Unknown,
    }).ToArray().AsSpan());

    private Metadata? Metadata() => _choices.OneIn(6)
        ? new(_choices.Of(Stems), [new("k", _choices.Of(Stems)), new(_choices.Of(Stems), "")]) : null;

    /// <summary>None, or one that no other node has: export numbers equal ones.</summary>
    private string NodeName()
    {
        string stem = _choices.Of(Stems), name = stem;
        for (int i = 0; name.Length > 0 && !_usedByNodes.Add(name); i++) name = stem + i;
        return name;
    }

    private string Name()
    {
        string stem = _choices.Of(Stems), name = stem;
        for (int i = 0; !_used.Add(name); i++) name = stem + i;
        return name;
    }
}
