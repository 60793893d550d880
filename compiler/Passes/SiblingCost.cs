using GraphPartition.Ir;

namespace GraphPartition.Compiler.Passes;

/// <summary>
/// Whether fusing siblings pays. k layers become one: k - 1 launches less for each kind of node that they consist of, and x is
/// read k - 1 times less; the work is the same. The Split is one launch more and copies the result: it is read and written once.
/// The sides are compared in bytes, a launch being as long as a device takes to move <see cref="LaunchBytes"/>; a batch that is
/// not known counts as 1.
/// </summary>
internal static class SiblingCost
{
    /// <summary>
    /// 5 microseconds, a kernel's launch, at 1 TB/s: both are what current data-centre GPUs have, within a factor of two or three.
    /// </summary>
    private const long LaunchBytes = 5_000_000;

    /// <summary>Why it does not pay, or null.</summary>
    public static string? Objection(SiblingGroup group)
    {
        if (Bytes(group.First.Layer.Node.Input(0)) is not { } input) return "the size of its input is not known";
        long results = 0;
        foreach (Sibling member in group.Members)
        {
            if (Bytes(group.Result(member)) is not { } result) return "the size of its result is not known";
            results += result;
        }
        long fewer = group.Members.Count - 1;
        long saved = fewer * (group.First.Nodes.Length * LaunchBytes + input), spent = LaunchBytes + 2 * results;
        return saved > spent ? null : $"{group.Members.Count} layers of one input would save {saved} bytes of traffic and spend {spent} in a Split";
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
