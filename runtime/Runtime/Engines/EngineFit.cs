using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Runtime.Engines;

/// <summary>Which of a group's engines a machine can load.</summary>
public static class EngineFit
{
    private const int Ampere = 8; // the major compute capability

    /// <summary>Why an engine cannot be loaded on a machine.</summary>
    /// <returns>Null if it can.</returns>
    public static string? WhyNot(EngineTarget target, TensorRtMachine machine)
    {
        TensorRtRelease here = machine.Library.Release;
        string capability = machine.Device.ComputeCapability.ToString();
        if (target.TensorRt != here
            && !(target.IsVersionCompatible && here.Major == target.TensorRt.Major && here.IsAtLeast(target.TensorRt)))
            return $"it is for {target.TensorRt}, here is {here}";
        bool fits = target.Hardware switch
        {
            EngineTarget.AmperePlus => machine.Device.ComputeCapability.Major >= Ampere,
            _ => target.ComputeCapability == capability,
        };
        return fits ? null : $"it is for compute capability {target.ComputeCapability}, {machine.Device.Name} has {capability}";
    }

    /// <summary>The engine to load: of those that fit, preferably one that was built on this kind of device.</summary>
    /// <param name="engines">The engines of a group.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="precision">The precision to load; null for any.</param>
    /// <param name="reason">Why there is none; null if there is one.</param>
    public static EngineBlob? Choose(IReadOnlyList<EngineBlob> engines, TensorRtMachine machine, string? precision, out string? reason)
    {
        EngineBlob[] wanted = [.. engines.Where(e => precision is null || e.Target.Precision == precision)];
        EngineBlob? found = wanted.Where(e => WhyNot(e.Target, machine) is null)
            .OrderByDescending(e => e.Target.Device == machine.Device.Name).FirstOrDefault();
        reason = found is not null ? null
            : wanted.Length == 0 ? $"none of its {engines.Count} engines is of precision {precision}"
            : string.Join("; ", wanted.Select(e => WhyNot(e.Target, machine)).Distinct());
        return found;
    }
}
