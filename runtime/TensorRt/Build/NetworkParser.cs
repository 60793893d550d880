using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>nvonnxparser::IParser over one network.</summary>
internal sealed unsafe class NetworkParser : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly LogScope _log;
    private readonly NativeObject _parser;

    public NetworkParser(TensorRtLibrary library, NativeObject network, LogScope log)
    {
        _library = library;
        _log = log;
        nint parser = library.Parser.CreateParser(network);
        if (parser == 0)
            throw new TensorRtException(
                TensorRtCodes.TensorRtFailed, library.Parser.Path, "creating the ONNX parser failed: it returned null", log.Lines);
        library.Check("IParser", parser);
        _parser = NativeObject.Own(library.Layout, parser, Member.IParser_D0, network);
    }

    /// <summary>Fills the network from an ONNX model.</summary>
    /// <exception cref="TensorRtException">The parser rejects the model (GP4007).</exception>
    public void Parse(ReadOnlySpan<byte> onnx, BuildOptions options)
    {
        bool parsed;
        fixed (byte* model = onnx)
        fixed (byte* path = Path(options.ModelPath))
        {
            parsed = new IParser(_parser).Parse((nint)model, (nuint)onnx.Length, path);
        }
        var errors = Errors();
        if (!parsed)
            throw new TensorRtException(TensorRtCodes.ParserRejected, options.Name, "the ONNX parser rejects the model", _log.Lines, errors);
    }

    /// <summary>Which nodes of a model the parser supports. The network is not used afterwards.</summary>
    public ParserSupport Supports(ReadOnlySpan<byte> onnx, string? modelPath)
    {
        fixed (byte* model = onnx)
        fixed (byte* path = Path(modelPath))
        {
            return _library.Layout.Has(Member.IParser_supportsModelV2)
                ? SupportsV2((nint)model, (nuint)onnx.Length, path) : SupportsV1((nint)model, (nuint)onnx.Length, path);
        }
    }

    public void Dispose() => _parser.Dispose();

    private static byte[]? Path(string? modelPath) => modelPath is null ? null : Utf8.Bytes(modelPath);

    /// <summary>From 10.1 on the parser keeps the answer, and getters return its parts.</summary>
    private ParserSupport SupportsV2(nint model, nuint size, byte* path)
    {
        IParser calls = new(_parser);
        bool whole = calls.SupportsModelV2(model, size, path);
        List<ParserSubgraph> subgraphs = [];
        long count = calls.GetNbSubgraphs();
        for (long i = 0; i < count; i++)
        {
            long length = 0;
            long* indices = calls.GetSubgraphNodes(i, &length);
            int[] nodes = new int[indices == null ? 0 : length];
            for (int n = 0; n < nodes.Length; n++) nodes[n] = checked((int)indices[n]);
            subgraphs.Add(new ParserSubgraph(nodes, calls.IsSubgraphSupported(i)));
        }
        return new ParserSupport(whole, subgraphs, Errors());
    }

    /// <summary>Before 10.1 the parser fills a C++ vector that the caller owns.</summary>
    private ParserSupport SupportsV1(nint model, nuint size, byte* path)
    {
        using SubgraphCollection collection = new();
        bool whole = new IParser(_parser).SupportsModel(model, size, collection.Address, path);
        return new ParserSupport(whole, collection.Read(), Errors());
    }

    private List<ParserError> Errors()
    {
        IParser calls = new(_parser);
        AbiLayout layout = _library.Layout;
        List<ParserError> errors = [];
        int count = calls.GetNbErrors();
        for (int i = 0; i < count; i++)
        {
            nint error = calls.GetError(i);
            if (error == 0) continue;
            _library.Check("IParserError", error);
            IParserError e = new(new NativeCall(layout, error, _parser));
            bool named = layout.Has(Member.IParserError_nodeName);
            errors.Add(new ParserError(e.Node(), named ? Utf8.Read(e.NodeName()) : "", named ? Utf8.Read(e.NodeOperator()) : "",
                e.Code(), Utf8.Read(e.Desc()), $"{Utf8.Read(e.File())}:{e.Line()} {Utf8.Read(e.Func())}"));
        }
        calls.ClearErrors();
        return errors;
    }
}
