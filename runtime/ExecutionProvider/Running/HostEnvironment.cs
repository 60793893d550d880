namespace GraphPartition.ExecutionProvider.Running;

/// <summary>
/// The environment of the host, in which inner sessions are created. ONNX Runtime has one for the whole process and counts its users; a
/// session of the host holds it, so it is open as long as this object.
/// </summary>
internal sealed unsafe class HostEnvironment : IDisposable
{
    private const int Warning = 2; // OrtLoggingLevel; the environment is there already and keeps its own level

    private nint _environment;

    /// <summary>Opens the environment.</summary>
    public HostEnvironment(OrtHost ort)
    {
        Ort = ort;
        using var name = new Utf8Text("GraphPartition");
        nint environment;
        ort.Check(((delegate* unmanaged[Cdecl]<int, nint, nint*, nint>)ort[ApiSlot.CreateEnv])(Warning, name.Pointer, &environment),
            nameof(ApiSlot.CreateEnv));
        _environment = environment;
    }

    /// <summary>The host.</summary>
    public OrtHost Ort { get; }

    /// <summary>The OrtEnv.</summary>
    public nint Environment => _environment;

    /// <inheritdoc/>
    public void Dispose()
    {
        Ort.Release(ApiSlot.ReleaseEnv, _environment);
        _environment = 0;
    }
}
