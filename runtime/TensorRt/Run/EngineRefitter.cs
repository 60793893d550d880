using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Run;

/// <summary>nvinfer1::IRefitter and the parser's refitter over it.</summary>
internal sealed unsafe class EngineRefitter : IDisposable
{
    private readonly TensorRtLibrary _library;
    private readonly LogScope _log;
    private readonly NativeObject _refitter;
    private readonly NativeObject _parser;

    public EngineRefitter(TensorRtLibrary library, NativeObject engine, LogScope log)
    {
        _library = library;
        _log = log;
        _refitter = library.Own("VRefitter", library.CreateRefitter(engine), TensorRtCodes.TensorRtFailed, "creating a refitter", log, engine);
        nint parser = library.Parser.CreateRefitter(_refitter);
        if (parser == 0)
        {
            _refitter.Dispose();
            throw new TensorRtException(
                TensorRtCodes.TensorRtFailed, library.Parser.Path, "creating the parser's refitter failed: it returned null", log.Lines);
        }
        library.Check("IParserRefitter", parser);
        _parser = NativeObject.Own(library.Layout, parser, Member.IParserRefitter_D0, _refitter);
    }

    public void Refit(ReadOnlySpan<byte> onnx, string? modelPath)
    {
        bool accepted;
        fixed (byte* model = onnx)
        fixed (byte* path = modelPath is null ? null : Utf8.Bytes(modelPath))
        {
            accepted = new IParserRefitter(_parser).RefitFromBytes((nint)model, (nuint)onnx.Length, path);
        }
        if (!accepted || !new VRefitter(_refitter).RefitCudaEngine())
            throw new TensorRtException(
                TensorRtCodes.EngineRefused, _library.Release.ToString(), "the engine rejects the model's weights", _log.Lines);
    }

    public void Dispose()
    {
        _parser.Dispose();
        _refitter.Dispose();
    }
}
