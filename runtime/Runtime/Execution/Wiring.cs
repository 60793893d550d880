using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>What executors have bound, and what was recorded, over the buffers of one state and one set of fed objects.</summary>
internal sealed class Wiring : IDisposable
{
    private readonly OrtValue?[] _fed;

    /// <summary>A wiring with nothing bound yet.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="plan">The buffers.</param>
    /// <param name="shapes">The dimensions of each graph input.</param>
    public Wiring(ContextLayout layout, BufferPlan plan, long[]?[] shapes)
    {
        _fed = new OrtValue?[layout.Plan.InputSlots.Length];
        Frames = [.. layout.Plan.Steps.Select(s => new StepFrame(s.Inputs.Length, s.Outputs.Length, shapes))];
        RegionAt = new Region?[layout.Schedule.Actions.Length];
        foreach (Region region in plan.Regions) RegionAt[region.Start] = new Region(region.Start, region.End);
    }

    /// <summary>The frame of each step.</summary>
    public StepFrame[] Frames { get; }

    /// <summary>The region that starts at an action, or null.</summary>
    public Region?[] RegionAt { get; }

    /// <summary>Runs that ended well.</summary>
    public int Runs { get; set; }

    /// <summary>Whether these very objects were fed.</summary>
    public bool IsFor(OrtValue?[] fed)
    {
        for (int i = 0; i < fed.Length; i++)
            if (!ReferenceEquals(fed[i], _fed[i])) return false;
        return true;
    }

    /// <summary>Makes it one for other objects: what was recorded is forgotten, what was bound is bound anew where it differs.</summary>
    public void Rewire(OrtValue?[] fed)
    {
        fed.CopyTo(_fed, 0);
        foreach (Region? region in RegionAt) region?.Forget();
        Runs = 0;
    }

    public void Dispose()
    {
        foreach (Region? region in RegionAt) region?.Dispose();
        foreach (StepFrame frame in Frames) frame.Dispose();
    }
}
