namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>
/// Horizontal fusion of linear layers: layers of one kind that read the same x and differ only in their weights become one layer
/// whose weights are concatenated along the output channels, and a Split: [W1; W2] x + [b1; b2] = [W1 x + b1; W2 x + b2]. The bias
/// that an Add gives to a MatMul, and an activation that all of them have, move before the Split, where they become one too.
/// <para>
/// Conditions: weights and biases are constants that nothing else uses, and it pays (<see cref="SiblingGroup.Objection"/>). All
/// layers of a group read only x, so they have the same level and no engine is added.
/// </para>
/// </summary>
public sealed class FuseSiblings : NodePass
{
    private readonly string[] _kinds;

    private FuseSiblings(string name, params string[] kinds) : base(kinds) => (Name, _kinds) = (name, kinds);

    /// <summary>Dense layers: Gemm and MatMul.</summary>
    public static FuseSiblings Layers { get; } = new("FuseSiblingLayers", "Gemm", "MatMul");

    /// <summary>
    /// Convolutions without groups. Not in the standard pipeline: TensorRT fuses such convolutions itself, and elsewhere the effect
    /// varies. Measured on InceptionV3 under ONNX Runtime 1.29: 12% faster on an H200 with channels last, equal there with channels
    /// first, and 5% slower on a CPU, whose blocked layout ends at the Split.
    /// </summary>
    public static FuseSiblings Convolutions { get; } = new("FuseSiblingConvolutions", "Conv");

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Of Split with its sizes as an input.</summary>
    protected override int FirstOpset => 13;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        Dictionary<Node, SiblingGroup> groups = Find(rewrite);
        return node =>
        {
            if (!groups.TryGetValue(node, out SiblingGroup? group) || !group.TryFuse(rewrite)) return false;
            rewrite.Absorb(group.Members.SelectMany(m => m.Nodes));
            return true;
        };
    }

    /// <summary>The groups that pay, by their first nodes.</summary>
    private Dictionary<Node, SiblingGroup> Find(RewriteContext rewrite)
    {
        var byInput = new Dictionary<Value, List<SiblingGroup>>();
        foreach (Node node in rewrite.Source.Nodes)
        {
            if (!_kinds.Contains(node.Op.Type) || node.Input(0) is not { IsConstant: false } x || rewrite.Source.Uses.UsersOf(x).Length < 2
                || Sibling.Of(node, rewrite) is not { } sibling) continue;
            if (!byInput.TryGetValue(x, out List<SiblingGroup>? groups)) byInput.Add(x, groups = []);
            if (groups.Find(g => g.First.IsLike(sibling)) is { } group) group.Members.Add(sibling);
            else groups.Add(new(sibling));
        }
        var found = new Dictionary<Node, SiblingGroup>();
        foreach (SiblingGroup group in byInput.Values.SelectMany(g => g).Where(g => g.Members.Count > 1))
            if (group.Objection(rewrite.Context.Device) is { } reason) rewrite.Refuse(group.First.Layer.Node, reason);
            else found.Add(group.First.Layer.Node, group);
        return found;
    }
}
