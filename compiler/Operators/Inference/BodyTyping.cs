using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Inference;

/// <summary>
/// Types the inputs of a body by what the node feeds them: exporters often leave their shapes out. A state that is fed back is
/// typed by a fixed point: assume the type that it starts with; where the body gives another, what both have in common; and so on.
/// What is assumed in the end holds before and after every iteration, so it holds in all of them. Each round knows less than the
/// one before, so there is an end; shapes that go on changing are given up early.
/// </summary>
internal static class BodyTyping
{
    /// <summary>Rounds after which a state that still changes has only what the file declares of it.</summary>
    private const int PatientRounds = 3;

    /// <summary>
    /// The body under the attribute 'body', typed as well as can be, which the node gets; null where there is none. It stays as it
    /// is where it takes another number of values than the node gives it.
    /// </summary>
    /// <param name="n">The node.</param>
    /// <param name="fed">For each input of the body the type of what the node feeds it first; unknown where it is not known.</param>
    /// <param name="firstState">The first input of the body that gets one of its outputs in the next iteration.</param>
    /// <param name="states">How many such inputs there are.</param>
    /// <param name="firstOutput">The output that comes back as the first state.</param>
    public static Graph? Of(NodeTyping n, IrType[] fed, int firstState = 0, int states = 0, int firstOutput = 0)
    {
        if (n.Attributes.Body("body") is not { } body || body.Inputs.Length != fed.Length) return n.Attributes.Body("body");
        ImmutableArray<IrType> declared = [.. body.Inputs.Select(v => v.Type)];
        var types = new IrType[fed.Length];
        for (int i = 0; i < types.Length; i++) types[i] = IrType.Merge(fed[i], declared[i]) ?? declared[i]; // a wrong declaration stands

        for (int round = 0; round <= PatientRounds + 1; round++)
        {
            (Graph typed, ImmutableArray<Diagnostic> objections) = GraphReplay.Retype(n.Node, body, types);
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
