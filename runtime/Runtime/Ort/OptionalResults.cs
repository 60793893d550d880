using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Results that may be empty optionals. ONNX Runtime gives an empty one as a value without data. Its C# API (1.31) asks each new value for
/// its type, and that ends the process where there is no data. So the results of a session with an optional output are taken through the C
/// API here, which can tell an empty one, and an object of the C# API is made of each without that question.
/// </summary>
public static unsafe partial class OptionalResults
{
    // Places in ONNX Runtime's table of functions (onnxruntime_c_api.h). They never change: new functions come behind the old ones.
    private const int GetErrorMessage = 2, AllocatorFree = 76, ReleaseStatus = 93, GetBoundOutputValues = 140, HasValue = 192;
    private const uint Version = 17; // of the table: any that has these functions

    private static readonly nint* Api = ((delegate* unmanaged<uint, nint*>)OrtGetApiBase()[0])(Version);

    /// <summary>Whether a value is an empty optional.</summary>
    public static bool IsEmpty(OrtValue value) => value.OnnxType == OnnxValueType.ONNX_TYPE_OPTIONAL;

    /// <summary>Runs a session for some of its outputs. An input that is an empty optional is left out, which means the same.</summary>
    /// <param name="session">The session.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="inputs">A value for each name.</param>
    /// <param name="outputs">The names of the wanted outputs.</param>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    public static RunResult Run(
        InferenceSession session, RunOptions options, IReadOnlyDictionary<string, OrtValue> inputs, IReadOnlyList<string> outputs)
    {
        if (inputs.Values.Any(IsEmpty)) inputs = inputs.Where(i => !IsEmpty(i.Value)).ToDictionary();
        if (!MayBeEmpty(session, outputs))
            return new([.. outputs], [.. session.Run(options, [.. inputs.Keys], [.. inputs.Values], outputs)]);
        using OrtIoBinding binding = session.CreateIoBinding();
        foreach ((string name, OrtValue value) in inputs) binding.BindInput(name, value);
        foreach (string output in outputs) binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);
        session.RunWithBinding(options, binding);
        return new([.. outputs], Of(binding));
    }

    /// <summary>Whether an output may be an empty optional.</summary>
    internal static bool MayBeEmpty(InferenceSession session, IEnumerable<string> outputs) =>
        outputs.Any(name => session.OutputMetadata[name].OnnxValueType == OnnxValueType.ONNX_TYPE_OPTIONAL);

    /// <summary>The results of a run with a binding, in the order in which outputs were bound first; the caller disposes each.</summary>
    internal static OrtValue[] Of(OrtIoBinding binding)
    {
        nint* handles;
        nuint count;
        nint allocator = OrtAllocator.DefaultInstance.DangerousGetHandle();
        var get = (delegate* unmanaged<nint, nint, nint**, nuint*, nint>)Api[GetBoundOutputValues];
        Check(get(binding.DangerousGetHandle(), allocator, &handles, &count));
        var values = new OrtValue[count];
        for (int i = 0; i < values.Length; i++)
        {
            int isThere;
            Check(((delegate* unmanaged<nint, int*, nint>)Api[HasValue])(handles[i], &isThere));
            values[i] = isThere != 0 ? Present(handles[i]) : Empty(handles[i], OnnxValueType.ONNX_TYPE_OPTIONAL);
        }
        Check(((delegate* unmanaged<nint, nint*, nint>)Api[AllocatorFree])(allocator, handles));
        return values;
    }

    private static void Check(nint status)
    {
        if (status == 0) return;
        string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Api[GetErrorMessage])(status)) ?? "";
        ((delegate* unmanaged<nint, void>)Api[ReleaseStatus])(status);
        throw new EnvironmentException(RuntimeCodes.RuntimeFailed, "onnxruntime", message);
    }

    // Both constructors are internal; the second does not ask for the type.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern OrtValue Present(nint handle, bool isOwned = true);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern OrtValue Empty(nint handle, OnnxValueType type);

    [LibraryImport("onnxruntime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static partial nint* OrtGetApiBase();
}
