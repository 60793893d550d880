using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>Keeps the times of one step's layers, which TensorRT reports from any thread, and passes them on.</summary>
/// <param name="next">The receiver that the caller has set.</param>
internal sealed class StepLayers(IProgress<LayerTime> next) : IProgress<LayerTime>
{
    private readonly List<LayerTime> _times = [];

    public void Report(LayerTime value)
    {
        lock (_times) _times.Add(value);
        next.Report(value);
    }

    /// <summary>The times since the last call.</summary>
    public IReadOnlyList<LayerTime> Take()
    {
        lock (_times)
        {
            if (_times.Count == 0) return [];
            LayerTime[] taken = [.. _times];
            _times.Clear();
            return taken;
        }
    }
}
