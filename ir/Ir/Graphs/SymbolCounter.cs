namespace GraphPartition.Ir.Graphs;

/// <summary>Finds the symbols that <see cref="BuildScope.FreshSymbol"/> made: '$' and a number, alone or in an expression.</summary>
internal static class SymbolCounter
{
    /// <summary>The least number that is above those of all symbols of the graph and its bodies.</summary>
    public static int Above(Graph graph)
    {
        int above = 0;
        IrType? last = null; // neighbors often share a type
        Visit(graph);
        return above;

        void Visit(Graph g)
        {
            foreach (Value v in g.Inputs) See(v);
            foreach (Node node in g.Nodes)
            {
                foreach (Value? v in node.Outputs)
                    if (v is not null) See(v);
                if (node.Attributes.Count == 0) continue;
                foreach (Graph body in node.Attributes.Bodies()) Visit(body);
            }
        }

        void See(Value v)
        {
            if (v.Elements is { } elements) above = Above(elements, above);
            if (ReferenceEquals(v.Type, last)) return;
            last = v.Type;
            above = Above(v.Type, above);
        }
    }

    private static int Above(IrType type, int above) => type switch
    {
        TensorType { Shape: { } shape } => Above(shape.Dims, above),
        SparseTensorType { Shape: { } shape } => Above(shape.Dims, above),
        SequenceType s => Above(s.Element, above),
        OptionalType o => Above(o.Element, above),
        MapType m => Above(m.Value, above),
        _ => above,
    };

    private static int Above(ImmutableArray<Dim> dims, int above)
    {
        foreach (Dim d in dims)
            if (d.Symbol is { } symbol)
                for (int at = symbol.IndexOf('$'); at >= 0; at = symbol.IndexOf('$', at + 1))
                    above = Math.Max(above, NumberAt(symbol.AsSpan(at + 1)) + 1);
        return above;
    }

    private static int NumberAt(ReadOnlySpan<char> text)
    {
        int end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return int.TryParse(text[..end], out int number) && number < int.MaxValue / 2 ? number : -1;
    }
}
