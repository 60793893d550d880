using System.Collections.Immutable;

namespace GraphPartition.Onnx.Format;

/// <summary>Collects denotations while a type is decoded (<see cref="GraphPartition.Ir.Graphs.ValueMetadata.Denotations"/>): one place for each type and dimension.</summary>
internal sealed class Denotations
{
    private List<string>? _texts; // made when the first is said: most types say nothing
    private int _places;

    /// <summary>The place of the next type or dimension.</summary>
    public int NextPlace() => _places++;

    /// <summary>Says what stands at a place.</summary>
    public void Set(int place, string text)
    {
        if (text.Length == 0) return;
        _texts ??= [];
        while (_texts.Count <= place) _texts.Add("");
        _texts[place] = text;
    }

    /// <summary>All texts up to the last place; none where nothing was said.</summary>
    public ImmutableArray<string> ToTexts() => _texts is null ? [] : [.. _texts, .. Enumerable.Repeat("", _places - _texts.Count)];
}
