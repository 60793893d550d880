using System.Collections;
using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>The values of some slots, as the collection that ONNX Runtime's API wants.</summary>
internal sealed class SlotView(OrtValue?[] slots, ImmutableArray<int> indices) : IReadOnlyCollection<OrtValue>
{
    public int Count => indices.Length;

    public IEnumerator<OrtValue> GetEnumerator()
    {
        foreach (int slot in indices) yield return slots[slot]!;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
