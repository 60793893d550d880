namespace GraphPartition.ExecutionProvider.Running;

/// <summary>Runs a group. Several threads may run it at the same time.</summary>
internal interface IGroupRunner : IDisposable
{
    /// <summary>Runs the group once.</summary>
    /// <param name="context">The inputs and outputs of the node that takes the group's place (OrtKernelContext).</param>
    void Run(nint context);
}
