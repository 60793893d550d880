using GraphPartition.Operators.Inference;

namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>A Loop or a Scan with a known number of iterations.</summary>
/// <param name="Form">Its carried values, its slices and its stacked outputs.</param>
/// <param name="Count">The number of iterations.</param>
internal sealed record Iteration(LoopForm Form, long Count)
{
    /// <summary>The iteration that a Loop or Scan is; nothing for other nodes.</summary>
    public static Match<Iteration> Of(Node node) =>
        node.Version != 0 || node.Attributes.Body("body") is null || !(node.Op.Is("Loop") || node.Op.Is("Scan")) ? default
        : LoopForm.TryOf(node) is not { } form ? Match.No("its body does not fit it")
        : form.IsLoop ? OfLoop(form) : OfScan(form);

    /// <summary>Sets the inputs of the body in iteration <paramref name="k"/>.</summary>
    public void SetInputs(BodyCopy copy, int k, Value[] carried, Node node, RewriteContext rewrite)
    {
        ImmutableArray<Value> inputs = Form.Body.Inputs;
        if (Form.IsLoop)
        {
            long[] dims = [.. inputs[0].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(inputs[0], rewrite.Constant(inputs[0].Name, TensorData.Of<long>(ElementType.Int64, [k], dims)));
            dims = [.. inputs[1].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(inputs[1], rewrite.Constant(inputs[1].Name, TensorData.Of<bool>(ElementType.Bool, [true], dims)));
        }
        for (int c = 0; c < carried.Length; c++) copy.Set(inputs[Form.FirstCarriedInput + c], carried[c]);
        for (int s = 0; s < Form.Scanned.Length; s++)
        {
            Value slice = inputs[Form.FirstElementInput + s];
            Value index = rewrite.Constant(slice.Name + "_index",
                TensorData.Of<long>(ElementType.Int64, [Form.Scanned[s].IsReversed ? Count - 1 - k : k]));
            AttributeMap axis = AttributeMap.Of(("axis", Form.Scanned[s].Axis));
            Value whole = rewrite.Map(Form.Scanned[s].Sequence);
            copy.Set(slice, rewrite.Add(node, "Gather", [whole, index], rewrite.Context.Fresh(slice.Name), axis, ""));
        }
    }

    private static Match<Iteration> OfLoop(LoopForm form)
    {
        if (form.Trips?.Data is not { ElementCount: 1 } trips || trips.ToIntegers() is not [var count])
            return Match.No("its trip count is not a constant");
        if (form.Condition is { } start && !LoopForm.IsTrue(start)) return Match.No("its condition is not constant true");
        if (!form.AlwaysGoesOn) return Match.No("its body computes the condition");
        if (count <= 0 && !form.Stacked.IsEmpty) return Match.No("it has no iterations, which would tell the shapes of its stacked outputs");
        return new Iteration(form, Math.Max(count, 0));
    }

    private static Match<Iteration> OfScan(LoopForm form)
    {
        (Value sequence, long axis, _) = form.Scanned[0];
        if (sequence.Shape is not { } shape || axis < -shape.Rank || axis >= shape.Rank)
            return Match.No("the rank of its scanned input is not known");
        Dim length = shape[(int)(axis < 0 ? axis + shape.Rank : axis)];
        if (!length.IsKnown || length.Is(0)) return Match.No($"it scans {length} slices, which is not a number above 0");
        return new Iteration(form, length.Size);
    }
}
