namespace GraphPartition.Compiler.Passes.Sequences;

/// <summary>The tensors of a sequence of known length. Those of a split are made when the first of them is used.</summary>
internal abstract class TensorList(int length)
{
    /// <summary>How many there are.</summary>
    public int Length => length;

    /// <summary>The tensors, as values of the copy.</summary>
    /// <param name="user">The node in whose place nodes are added, where the tensors must be made.</param>
    public abstract ImmutableArray<Value> Tensors(Node user);

    /// <summary>A list of tensors that exist.</summary>
    public static TensorList Of(ImmutableArray<Value> tensors) => new Made(tensors.Length, _ => tensors);

    /// <summary>This list with one tensor more.</summary>
    public TensorList Insert(int at, Value tensor) => new Made(Length + 1, user => Tensors(user).Insert(at, tensor));

    /// <summary>This list without one tensor.</summary>
    public TensorList RemoveAt(int at) => new Made(Length - 1, user => Tensors(user).RemoveAt(at));

    private sealed class Made(int length, Func<Node, ImmutableArray<Value>> tensors) : TensorList(length)
    {
        public override ImmutableArray<Value> Tensors(Node user) => tensors(user);
    }
}
