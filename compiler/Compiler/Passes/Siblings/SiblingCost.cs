using GraphPartition.Compiler.Cost;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>
/// Whether fusing siblings pays inside an engine. k layers become one: k - 1 launches less for each kind of node that they
/// consist of, and x is read k - 1 times less; the arithmetic is the same. The Split is one launch more and copies the result: it
/// is read and written once. A batch that is not known counts as 1.
/// </summary>
internal static class SiblingCost
{
    /// <summary>Why it does not pay, or null.</summary>
    public static string? Objection(SiblingGroup group, DeviceProfile device)
    {
        if (Bytes(group.First.Layer.Node.Input(0)) is not { } input) return "the size of its input is not known";
        long results = 0;
        foreach (Sibling member in group.Members)
        {
            if (Bytes(group.Result(member)) is not { } result) return "the size of its result is not known";
            results += result;
        }
        int fewer = group.Members.Count - 1;
        double saved = (fewer * group.First.Nodes.Length * device.Engine.LaunchMicroseconds) + Microseconds((double)fewer * input);
        double spent = device.Engine.LaunchMicroseconds + Microseconds(2.0 * results);
        return saved > spent ? null : $"as one, {fewer + 1} layers of one input would save {saved:G3} microseconds, and a Split would cost {spent:G3}";

        double Microseconds(double bytes) => 1e6 * bytes / device.Engine.BytesPerSecond;
    }

    private static long? Bytes(Value? value)
    {
        if (value?.Shape is not { } shape) return null;
        long count = 1;
        for (int i = 0; i < shape.Rank; i++)
            if (shape[i].IsKnown) count *= shape[i].Size;
            else if (i > 0) return null;
        return value.ElementType.ByteCount(count);
    }
}
