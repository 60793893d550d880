using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Lowers a canonical model to an older opset by the table of changes, read backwards. A node that the older opset cannot express
/// is refused with the reason (GP1012). Values stay the same objects; only nodes that change are new.
/// </summary>
public static class OpsetExport
{
    /// <summary>The oldest opset that can be written.</summary>
    public const int Oldest = 13;

    /// <summary>
    /// The model in the oldest opset that can express it: at least 13 and at least that of its source. A model that is not in the
    /// canonical opset was built or lowered for another one, and stays as it is.
    /// </summary>
    /// <exception cref="ModelException">Not even the canonical opset can express a node that keeps an old version (GP1012).</exception>
    public static Model Lowest(Model model)
    {
        if (!IsCanonical(model)) return model;
        IReadOnlyList<Diagnostic> faults = [];
        for (int opset = Math.Clamp(model.SourceOpset, Oldest, OperatorSchemas.CanonicalOpset);
            opset <= OperatorSchemas.CanonicalOpset; opset++)
            if (TryAt(model, opset, out faults) is { } lowered) return lowered;
        throw new ModelException(faults);
    }

    /// <summary>The model in the given opset.</summary>
    /// <exception cref="ModelException">Every node that the opset cannot express (GP1012).</exception>
    public static Model At(Model model, int opset) => TryAt(model, opset, out var faults) ?? throw new ModelException(faults);

    /// <summary>Lowers the model to the given opset.</summary>
    /// <returns>The model, or null where <paramref name="faults"/> tell why not.</returns>
    public static Model? TryAt(Model model, int opset, out IReadOnlyList<Diagnostic> faults)
    {
        if (opset is < Oldest or > OperatorSchemas.CanonicalOpset)
        {
            faults = [Codes.UnsupportedOpset.At("export",
                $"opset {opset} is requested; {Oldest} to {OperatorSchemas.CanonicalOpset} can be written")];
            return null;
        }
        if (!IsCanonical(model))
        {
            int own = model.Opsets[""];
            faults = own == opset ? [] : [Codes.UnsupportedOpset.At("export",
                $"the model is already in opset {own} and cannot be converted to {opset}")];
            return own == opset ? model : null;
        }
        var lowering = new OpsetLowering(opset);
        Graph graph = lowering.Lower(model.Graph);
        ImmutableArray<Function> functions = [..
            model.Functions.Select(f => f with { Body = lowering.Lower(f.Body), Opsets = With(f.Opsets) })];
        faults = lowering.Faults;
        return faults.Count > 0 ? null : model with { Graph = graph, Functions = functions, Opsets = With(model.Opsets) };

        // A file without standard operators need not have their version.
        ImmutableSortedDictionary<string, int> With(ImmutableSortedDictionary<string, int> opsets) =>
            opsets.Count == 0 || opsets.ContainsKey("") ? opsets.SetItem("", opset) : opsets;
    }

    private static bool IsCanonical(Model model) =>
        model.Opsets.GetValueOrDefault("", OperatorSchemas.CanonicalOpset) == OperatorSchemas.CanonicalOpset;
}
