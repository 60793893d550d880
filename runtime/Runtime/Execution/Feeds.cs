using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// What is fed to a context, in the order of the graph's inputs. A value that was fed before needs no second look: an OrtValue
/// never changes its type, shape or address.
/// </summary>
internal sealed class Feeds : IDisposable
{
    private readonly Graph _graph;
    private readonly OrtValue?[] _defaults;
    private readonly (OrtValue? Value, long[]? Shape, nint Address, bool IsOnDevice)[] _before; // what was fed before the last: in a loop it comes back
    private bool _checked;

    public Feeds(Graph graph)
    {
        _graph = graph;
        _before = new (OrtValue?, long[]?, nint, bool)[graph.Inputs.Length];
        _defaults = new OrtValue?[graph.Inputs.Length];
        Values = new OrtValue?[graph.Inputs.Length];
        Shapes = new long[]?[graph.Inputs.Length];
        Addresses = new nint[graph.Inputs.Length];
        IsOnDevice = new bool[graph.Inputs.Length];
    }

    /// <summary>The values; the caller's, or the graph's defaults; null for an optional that is empty.</summary>
    public OrtValue?[] Values { get; }

    /// <summary>The dimensions of tensors; null for other values.</summary>
    public long[]?[] Shapes { get; }

    /// <summary>Where the bytes of tensors lie; 0 for others.</summary>
    public nint[] Addresses { get; }

    /// <summary>Whether the caller's bytes lie on a device already.</summary>
    public bool[] IsOnDevice { get; }

    /// <summary>Takes what is fed, one value for each input. Says whether anything is another object than last time.</summary>
    public bool Take(ReadOnlySpan<OrtValue?> values)
    {
        bool changed = !_checked;
        for (int i = 0; i < Values.Length; i++)
        {
            if (_checked && ReferenceEquals(Values[i], values[i])) continue;
            (OrtValue? Value, long[]? Shape, nint Address, bool IsOnDevice) last = (Values[i], Shapes[i], Addresses[i], IsOnDevice[i]);
            if (_checked && ReferenceEquals(_before[i].Value, values[i])) (Values[i], Shapes[i], Addresses[i], IsOnDevice[i]) = _before[i];
            else
            {
                Values[i] = values[i];
                Look(i);
            }
            _before[i] = last;
            changed = true;
        }
        _checked = true;
        return changed;
    }

    /// <summary>Takes what is fed. Says whether anything is another object than last time.</summary>
    /// <exception cref="ModelException">An input does not fit (GP5004); all faults are in it.</exception>
    public bool Take(IReadOnlyDictionary<string, OrtValue> feeds)
    {
        bool changed = !_checked;
        int known = 0;
        for (int i = 0; i < Values.Length; i++)
        {
            if (feeds.TryGetValue(_graph.Inputs[i].Name, out OrtValue? fed)) known++;
            else fed = Default(i);
            if (fed is null || !ReferenceEquals(Values[i], fed)) changed = true;
        }
        if (!changed && known == feeds.Count) return false;
        _checked = false;
        FeedChecker.Check(_graph, feeds);
        for (int i = 0; i < Values.Length; i++)
        {
            Values[i] = feeds.TryGetValue(_graph.Inputs[i].Name, out OrtValue? fed) ? fed : Default(i);
            Look(i);
        }
        return _checked = true;
    }

    public void Dispose()
    {
        foreach (OrtValue? value in _defaults) value?.Dispose();
    }

    private OrtValue? Default(int input) =>
        _graph.Defaults.TryGetValue(_graph.Inputs[input], out TensorData? data) ? _defaults[input] ??= OrtValues.ToOrt(data) : null;

    private unsafe void Look(int input)
    {
        Shapes[input] = null;
        Addresses[input] = 0;
        IsOnDevice[input] = false;
        if (Values[input] is not { IsTensor: true } value) return;
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Shapes[input] = info.Shape;
        if (info.IsString) return;
        if (info.ElementCount > 0)
            fixed (byte* bytes = value.GetTensorMutableRawData()) Addresses[input] = (nint)bytes;
        using OrtMemoryInfo memory = value.GetTensorMemoryInfo();
        IsOnDevice[input] = memory.Name.Equals("Cuda", StringComparison.OrdinalIgnoreCase);
    }
}
