using System.Runtime.InteropServices;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Loads libraries of custom operators. Code of a library runs in this process, so libraries are loaded only because the user names them,
/// never because a model does.
/// </summary>
public static class CustomOperatorLoader
{
    private const string EntryPoint = "RegisterCustomOps";

    /// <summary>Loads libraries, and checks that ONNX Runtime takes all of them together.</summary>
    /// <param name="paths">The files; a file that is named twice counts once.</param>
    /// <exception cref="ModelException">A library cannot be used (GP5020); the message gives the reason.</exception>
    public static CustomOperators Load(params IEnumerable<string> paths)
    {
        ImmutableArray<string> files = [.. paths.Select(Path.GetFullPath).Distinct()];
        if (files.IsEmpty) return CustomOperators.None;
        foreach (string file in files) CheckFile(file);
        for (int count = 1; count <= files.Length; count++) CheckTogether(files[..count]);
        return new(files, [.. files.Select(f => UsedLibrary.Of(LibraryKind.CustomOperators, f))]);
    }

    /// <summary>A library without the entry point has a message of its own; its handle stays, so its code stays valid.</summary>
    private static void CheckFile(string file)
    {
        if (!File.Exists(file)) throw RuntimeCodes.BadCustomOperators.Error(file, "there is no such file");
        if (LibraryFile.IsCut(file)) throw RuntimeCodes.BadCustomOperators.Error(file, "it is not a library that this system can load: the file is cut off");
        nint handle;
        try
        {
            handle = NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw RuntimeCodes.BadCustomOperators.Error(file, $"it is not a library that this system can load: {e.Message.ReplaceLineEndings(" ")}");
        }
        if (!NativeLibrary.TryGetExport(handle, EntryPoint, out _))
            throw RuntimeCodes.BadCustomOperators.Error(file, $"it does not export {EntryPoint}, so it has no operators for ONNX Runtime");
    }

    /// <summary>Operators are added to ONNX Runtime's registry by a session, so a small one shows whether they fit each other.</summary>
    private static void CheckTogether(ImmutableArray<string> files)
    {
        string last = files[^1];
        using SessionOptions options = OrtSessionFactory.ForConstants(CustomOperators.None);
        try
        {
            new CustomOperators(files, []).Register(options);
        }
        catch (OnnxRuntimeException e)
        {
            throw RuntimeCodes.BadCustomOperators.Error(last, $"{EntryPoint} failed: {e.Message.ReplaceLineEndings(" ")}");
        }
        try
        {
            new InferenceSession(SmallModel(), options).Dispose();
        }
        catch (OnnxRuntimeException e)
        {
            string others = files.Length > 1 ? $" beside {string.Join(", ", files[..^1].Select(Path.GetFileName))}" : "";
            throw RuntimeCodes.BadCustomOperators.Error(last, $"ONNX Runtime does not take its operators{others}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static byte[] SmallModel()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "check" };
        var type = IrType.Tensor(ElementType.Float32, Shape.Of(1));
        Value y = builder.Add("Identity", [builder.Input("x", type)], [new OutputSpec("y", type)]).Outputs[0]!;
        return OnnxWriter.ToBytes(new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(13), FormatVersion = 7 });
    }
}
