namespace GraphPartition.Quantization.Calibration;

/// <summary>How a calibration runs.</summary>
public sealed record CalibrationOptions
{
    /// <summary>The file that keeps the histograms, so that a calibration can go on after it was stopped; null: nothing is kept.</summary>
    public string? State { get; init; }

    /// <summary>Receives how many samples are done, and of how many; null: nobody looks.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Stops between two samples, after the state was written.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The most bytes of tensors that one run gives back; more tensors are collected in several runs for each sample.</summary>
    public long MostBytes { get; init; } = 64L << 20;
}
