using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>How long a carried value stays as it is.</summary>
internal enum CarriedStay
{
    /// <summary>To the end of the loop: it comes from outside.</summary>
    Loop,
    /// <summary>As long as the loop keeps it: an iteration made it and gave it away.</summary>
    Kept,
    /// <summary>To the end of the next iteration: it lies in a lane, or with another value that is kept.</summary>
    Iteration,
}

/// <summary>A value that goes from one iteration to the next.</summary>
/// <param name="Value">The value; null for none.</param>
/// <param name="Stay">How long it stays.</param>
internal readonly record struct CarriedValue(OrtValue? Value, CarriedStay Stay);
