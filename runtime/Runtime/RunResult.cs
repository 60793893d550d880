using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>The outputs of one run, in the order of the model. Disposing it frees them.</summary>
public sealed class RunResult : IDisposable
{
    private readonly OrtValue[] _values;

    internal RunResult(ImmutableArray<string> names, OrtValue[] values) => (Names, _values) = (names, values);

    /// <summary>The names of the outputs.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The values in the order of the model's outputs.</summary>
    public IReadOnlyList<OrtValue> Values => _values;

    /// <summary>The value of an output by name. Throws <see cref="KeyNotFoundException"/>.</summary>
    public OrtValue this[string name]
    {
        get
        {
            for (int i = 0; i < _values.Length; i++)
                if (Names[i] == name) return _values[i];
            throw new KeyNotFoundException($"the model has no output '{name}'");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue value in _values) value.Dispose();
    }
}
