namespace GraphPartition.Runtime.Ort;

/// <summary>The outputs of one run, in the order of the model. Disposing it frees them.</summary>
public sealed class RunResult : IDisposable
{
    private readonly OrtValue[] _values;

    internal RunResult(ImmutableArray<string> names, OrtValue[] values) => (Names, _values) = (names, values);

    /// <summary>The names of the outputs.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The values in the order of the model's outputs.</summary>
    public IReadOnlyList<OrtValue> Values => _values;

    /// <summary>The value of an output by name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such output.</exception>
    public OrtValue this[string name] => Names.IndexOf(name) is >= 0 and var i
        ? _values[i] : throw new KeyNotFoundException($"the model has no output '{name}'");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue value in _values) value.Dispose();
    }
}
