using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Operators.Families;

/// <summary>
/// Infers the types of a body's inputs from the inputs of its node, since exporters often leave their shapes out. The type of a
/// state that goes back into the body is a fixed point: assume its initial type; where the body returns another one, assume what
/// both have in common; and so on. The last assumption holds before and after every iteration, so it holds in all of them. Each
/// round knows less than the one before, so the rounds end; a shape that keeps changing is given up early.
/// </summary>
internal static class BodyTyping
{
    /// <summary>Rounds after which a state that still changes keeps only its declared type.</summary>
    private const int PatientRounds = 3;

    /// <summary>
    /// Sets the attribute 'body' of the node to its body with the inferred types. A body with another number of inputs than the node
    /// has values for stays as it is.
    /// </summary>
    /// <param name="n">The node.</param>
    /// <param name="initial">For each input of the body the type of its first value, or the unknown type.</param>
    /// <param name="firstState">The first input of the body that is an output of it in the next iteration.</param>
    /// <param name="states">How many such inputs there are.</param>
    /// <param name="firstOutput">The output that becomes the first state.</param>
    /// <returns>The body, or null where the node has none.</returns>
    public static Graph? Of(NodeTyping n, IrType[] initial, int firstState = 0, int states = 0, int firstOutput = 0)
    {
        if (n.Attributes.Body("body") is not { } body || body.Inputs.Length != initial.Length) return n.Attributes.Body("body");
        ImmutableArray<IrType> declared = [.. body.Inputs.Select(v => v.Type)];
        var types = new IrType[initial.Length];
        for (int i = 0; i < types.Length; i++) types[i] = IrType.Merge(initial[i], declared[i]) ?? declared[i]; // a wrong declaration stays

        for (int round = 0; round <= PatientRounds + 1; round++)
        {
            (Graph typed, ImmutableArray<Diagnostic> objections) = GraphRewriter.Retype(n.Node, body, types);
            bool isStable = true;
            for (int s = 0; s < states && firstOutput + s < typed.Outputs.Length; s++)
            {
                int input = firstState + s;
                IrType common = ControlFlow.Either(types[input], typed.Outputs[firstOutput + s].Type);
                IrType next = round < PatientRounds ? IrType.Merge(common, declared[input]) ?? declared[input] : declared[input];
                if (next.Equals(types[input])) continue;
                isStable = false;
                types[input] = next;
            }
            if (!isStable) continue;
            n.Node.SetBody("body", typed, objections);
            return typed;
        }
        return body;
    }
}
