using GraphPartition.CompiledModels;
using GraphPartition.Onnx;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Writes a canonical model in an older opset: the table of changes read backwards. What that opset cannot express is refused,
/// with node and reason (GP1012). Values keep their identity; only nodes that change are new.
/// </summary>
public static class OpsetExport
{
    /// <summary>The oldest opset that can be written.</summary>
    public const int Oldest = 13;

    /// <summary>
    /// The model in the oldest opset from its source's (and at least 13) on that can express all of it. A model that is not in the
    /// canonical opset is one that was built or lowered for another, and stays as it is.
    /// </summary>
    /// <exception cref="ModelException">GP1012: no opset can express some node.</exception>
    public static Model Lowest(Model model) => ToLowest(model, null).Model;

    /// <summary>The model in the given opset.</summary>
    /// <exception cref="ModelException">GP1003: no such opset can be written; GP1012: each node that it cannot express.</exception>
    public static Model At(Model model, int opset) => TryAt(model, opset, out var faults) ?? throw new ModelException(faults);

    /// <summary>The model in the given opset, or null and why not.</summary>
    public static Model? TryAt(Model model, int opset, out IReadOnlyList<Diagnostic> faults) =>
        TryLower(model, opset, opset, out faults)?.Model;

    /// <summary>
    /// A compiled model in an older opset. Its groups keep their inputs, weights and outputs; the new nodes of an old node are in the
    /// segment of the old one. A model that is not in the canonical opset stays as it is unless <paramref name="opset"/> is given.
    /// </summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="opset">The opset; null: the lowest (<see cref="Lowest"/>), in which a compiled file is written.</param>
    /// <exception cref="ModelException">As <see cref="At"/> and <see cref="Lowest"/>.</exception>
    public static CompiledModel Lower(this CompiledModel compiled, int? opset = null)
    {
        HashSet<Value> weights = [.. compiled.AllGroups.SelectMany(g => g.Segment.Weights)];
        LoweredModel lowered = opset is not { } wanted ? ToLowest(compiled.Model, weights)
            : TryLower(compiled.Model, wanted, wanted, out var faults, weights) ?? throw new ModelException(faults);
        return compiled.Follow(lowered);
    }

    /// <summary>
    /// The model in the oldest opset that can express all of it, for a parser of TensorRT. A type, and an operator in its first form, may
    /// be newer than that opset: the operator table decides whether the parser takes it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="newest">The newest opset that the parser is made for.</param>
    /// <param name="faults">What that opset cannot express.</param>
    /// <returns>The model; null where no such opset can express it.</returns>
    public static LoweredModel? TryForParser(Model model, int newest, out IReadOnlyList<Diagnostic> faults) =>
        TryLower(model, OldestOf(model, newest), newest, out faults, forParser: true);

    /// <summary>The model in the oldest opset of a range that can express all of it; null and why not where none can.</summary>
    /// <param name="model">The model.</param>
    /// <param name="oldest">The oldest opset to try.</param>
    /// <param name="newest">The newest opset to try.</param>
    /// <param name="faults">What the newest cannot express.</param>
    /// <param name="kept">Constants that stay in the graph although no new node uses them.</param>
    /// <param name="forParser">Whether only a parser of TensorRT reads the result (<see cref="TryForParser"/>).</param>
    public static LoweredModel? TryLower(Model model, int oldest, int newest, out IReadOnlyList<Diagnostic> faults,
        IReadOnlySet<Value>? kept = null, bool forParser = false)
    {
        faults = [];
        if (oldest is < Oldest || newest is > OperatorSchemas.NewestWritten)
        {
            faults = [OnnxCodes.UnsupportedOpset.At("export",
                $"opset {oldest} is requested; {Oldest} to {OperatorSchemas.NewestWritten} can be written")];
            return null;
        }
        if (!IsCanonical(model))
        {
            int own = model.Opsets[""];
            if (own >= oldest && own <= newest) return new(model);
            faults = [OnnxCodes.UnsupportedOpset.At("export",
                $"the model is already in opset {own} and cannot be converted to {newest}")];
            return null;
        }
        for (int opset = oldest; opset <= newest; opset++)
        {
            var lowering = new OpsetLowering(opset, kept, forParser);
            Graph graph = lowering.Lower(model.Graph);
            ImmutableArray<Function> functions = [..
                model.Functions.Select(f => f with { Body = lowering.Lower(f.Body), Opsets = With(f.Opsets, opset) })];
            faults = lowering.Faults;
            if (faults.Count == 0)
                return new(model with { Graph = graph, Functions = functions, Opsets = With(model.Opsets, opset) })
                {
                    Origins = lowering.Origins,
                };
        }
        return null;

        // A file that uses no standard operator need not state their version.
        static ImmutableSortedDictionary<string, int> With(ImmutableSortedDictionary<string, int> opsets, int opset) =>
            opsets.Count == 0 || opsets.ContainsKey("") ? opsets.SetItem("", opset) : opsets;
    }

    /// <summary>The lowest opset to try for a model: its source's, where that can be written.</summary>
    /// <param name="model">The model.</param>
    /// <param name="newest">The newest opset to try.</param>
    public static int OldestOf(Model model, int newest = OperatorSchemas.NewestWritten) => Math.Clamp(model.SourceOpset, Oldest, newest);

    private static LoweredModel ToLowest(Model model, IReadOnlySet<Value>? kept) => !IsCanonical(model) ? new(model)
        : TryLower(model, OldestOf(model), OperatorSchemas.NewestWritten, out var faults, kept) ?? throw new ModelException(faults);

    private static bool IsCanonical(Model model) =>
        model.Opsets.GetValueOrDefault("", OperatorSchemas.CanonicalOpset) == OperatorSchemas.CanonicalOpset;
}
