using System.Diagnostics;

namespace GraphPartition.Runtime.Batching;

/// <summary>
/// The requests that wait, by priority and then by arrival, and which of them are the next batch. Its user holds a lock.
/// </summary>
internal sealed class RequestQueue(BatchingOptions options)
{
    private readonly LinkedList<Request>[] _levels =
        [.. Enumerable.Range(0, Math.Max(1, options.PriorityLevels)).Select(_ => new LinkedList<Request>())];

    public int Count { get; private set; }

    public void Add(Request request, int priority)
    {
        request.Place = _levels[Math.Clamp(priority, 0, _levels.Length - 1)].AddLast(request);
        Count++;
    }

    /// <summary>Takes a request out, if it still waits.</summary>
    public void Remove(Request request)
    {
        if (request.Place is not { List: { } level } place) return;
        level.Remove(place);
        request.Place = null;
        Count--;
    }

    /// <summary>
    /// Takes the next batch out: the first request and those after it that can be stacked with it. It is ready if it is full, has a
    /// preferred size, or has waited for long enough; and if a request of another kind waits behind it.
    /// </summary>
    /// <param name="isHurried">Whether no more requests will come.</param>
    /// <param name="wait">How long the first request still waits for others; infinite where there is none.</param>
    /// <returns>The batch; null where there is none yet.</returns>
    public List<Request>? TryTake(bool isHurried, out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        if (_levels.FirstOrDefault(l => l.Count > 0)?.First?.Value is not { } first) return null;
        List<Request> batch = [];
        long samples = 0;
        int preferred = 0;
        bool isReady = isHurried;
        foreach (Request request in _levels.SelectMany(l => l))
        {
            if (request.Kind != first.Kind)
            {
                isReady = true;
                continue;
            }
            if (batch.Count > 0 && samples + request.Samples > options.MaxBatch)
            {
                isReady = true;
                break;
            }
            batch.Add(request);
            samples += request.Samples;
            if (options.PreferredSizes.Contains((int)samples)) preferred = batch.Count;
            if (samples >= options.MaxBatch)
            {
                preferred = batch.Count;
                break;
            }
        }
        TimeSpan waited = Stopwatch.GetElapsedTime(first.Arrived);
        if (preferred > 0) batch.RemoveRange(preferred, batch.Count - preferred);
        else if (!isReady && waited < options.MaxWait)
        {
            wait = options.MaxWait - waited;
            return null;
        }
        foreach (Request request in batch) Remove(request);
        return batch;
    }
}
