namespace GraphPartition.ExecutionProvider.Running;

/// <summary>Options of runs (OrtRunOptions).</summary>
internal sealed class RunOptions : IDisposable
{
    private readonly OrtHost _ort;

    /// <summary>Makes options with one entry of the configuration.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="entry">The key and the value (onnxruntime_run_options_config_keys.h).</param>
    public RunOptions(OrtHost ort, (string Key, string Value) entry)
    {
        _ort = ort;
        Handle = ort.Create(ApiSlot.CreateRunOptions);
        using Utf8Text key = new(entry.Key), value = new(entry.Value);
        ort.Call(ApiSlot.AddRunConfigEntry, Handle, key.Pointer, value.Pointer);
    }

    /// <summary>The OrtRunOptions.</summary>
    public nint Handle { get; }

    /// <inheritdoc/>
    public void Dispose() => _ort.Release(ApiSlot.ReleaseRunOptions, Handle);
}
