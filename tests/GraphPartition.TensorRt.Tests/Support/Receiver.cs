namespace GraphPartition.TensorRt.Tests.Support;

/// <summary>A progress receiver that is called at once, on the reporting thread; <see cref="Progress{T}"/> posts.</summary>
internal sealed class Receiver<T>(Action<T> action) : IProgress<T>
{
    public void Report(T value) => action(value);
}
