namespace GraphPartition.TensorRt.Build;

/// <summary>A step of a build. Phases nest and several run at a time (IProgressMonitor, NvInfer.h).</summary>
/// <param name="Phase">The phase's name, unique while it runs.</param>
/// <param name="Parent">The phase that it is part of, or null.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="IsFinished">Whether the phase is over, complete or not.</param>
public sealed record BuildProgress(string Phase, string? Parent, int Step, int Steps, bool IsFinished);
