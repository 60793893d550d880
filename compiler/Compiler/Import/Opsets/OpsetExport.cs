using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Says a canonical model in an older opset: the table of changes read backwards. What the asked opset cannot say is refused,
/// with node and reason (GP1012). Values keep their identity; only nodes that change are new.
/// </summary>
public static class OpsetExport
{
    /// <summary>The oldest opset that can be written.</summary>
    public const int Oldest = 13;

    /// <summary>
    /// The model in the oldest opset from its source's (and at least 13) on that can say everything. A model that is not in the
    /// canonical opset is one that was built or lowered for another, and stays as it is.
    /// </summary>
    public static Model Lowest(Model model)
    {
        if (!IsCanonical(model)) return model;
        IReadOnlyList<Diagnostic> faults = [];
        for (int opset = Math.Clamp(model.SourceOpset, Oldest, OperatorSchemas.CanonicalOpset); opset <= OperatorSchemas.CanonicalOpset; opset++)
            if (TryAt(model, opset, out faults) is { } lowered) return lowered;
        throw new ModelException(faults);
    }

    /// <summary>The model in the given opset. Throws <see cref="ModelException"/> with every node that it cannot say.</summary>
    public static Model At(Model model, int opset) => TryAt(model, opset, out var faults) ?? throw new ModelException(faults);

    /// <summary>The model in the given opset, or null and why not.</summary>
    public static Model? TryAt(Model model, int opset, out IReadOnlyList<Diagnostic> faults)
    {
        if (opset is < Oldest or > OperatorSchemas.CanonicalOpset)
        {
            faults = [Codes.UnsupportedOpset.At("export", $"opset {opset} is asked for; {Oldest} to {OperatorSchemas.CanonicalOpset} can be written")];
            return null;
        }
        if (!IsCanonical(model))
        {
            int own = model.Opsets[""];
            faults = own == opset ? [] : [Codes.UnsupportedOpset.At("export", $"the model is in opset {own} already, and cannot be said in {opset} any more")];
            return own == opset ? model : null;
        }
        var lowering = new OpsetLowering(opset);
        Graph graph = lowering.Lower(model.Graph);
        ImmutableArray<Function> functions = [.. model.Functions.Select(f => f with { Body = lowering.Lower(f.Body), Opsets = With(f.Opsets) })];
        faults = lowering.Faults;
        return faults.Count > 0 ? null : model with { Graph = graph, Functions = functions, Opsets = With(model.Opsets) };

        // A file that uses no standard operator need not say their version.
        ImmutableSortedDictionary<string, int> With(ImmutableSortedDictionary<string, int> opsets) =>
            opsets.Count == 0 || opsets.ContainsKey("") ? opsets.SetItem("", opset) : opsets;
    }

    private static bool IsCanonical(Model model) =>
        model.Opsets.GetValueOrDefault("", OperatorSchemas.CanonicalOpset) == OperatorSchemas.CanonicalOpset;
}
