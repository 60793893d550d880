namespace GraphPartition.Runtime.Execution;

/// <summary>Lends contexts, at most so many at once; makes them when first needed.</summary>
/// <param name="create">Makes a context.</param>
/// <param name="most">How many there may be.</param>
internal sealed class ContextPool(Func<RunContext> create, int most) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most, most);
    private readonly Stack<RunContext> _idle = new();
    private bool _isDisposed;

    /// <summary>How many there may be.</summary>
    public int Most => most;

    /// <summary>A context that nobody else has; waits for one.</summary>
    public RunContext Rent(CancellationToken cancellation)
    {
        _free.Wait(cancellation);
        return TakeOrMake();
    }

    /// <summary>As <see cref="Rent"/>, without a thread that waits.</summary>
    public async Task<RunContext> RentAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return TakeOrMake();
    }

    /// <summary>Gives a context back.</summary>
    public void Return(RunContext context)
    {
        bool keeps;
        lock (_idle)
        {
            keeps = !_isDisposed;
            if (keeps) _idle.Push(context);
        }
        if (keeps) _free.Release();
        else context.Dispose();
    }

    /// <summary>Ends idle contexts; those that are lent end when they come back.</summary>
    public void Dispose()
    {
        lock (_idle)
        {
            _isDisposed = true;
            while (_idle.TryPop(out RunContext? context)) context.Dispose();
        }
    }

    private RunContext TakeOrMake()
    {
        try
        {
            lock (_idle)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, typeof(ModelSession));
                if (_idle.TryPop(out RunContext? idle)) return idle;
            }
            return create();
        }
        catch
        {
            _free.Release();
            throw;
        }
    }
}
