using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>The values of one frame as a session has them bound.</summary>
internal sealed class OrtBinding : IDisposable
{
    private readonly BoundSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtMemoryInfo[] _outputMemory;
    private readonly OrtValue?[] _inputs;
    private readonly OrtValue?[] _outputs;

    /// <summary>A binding, with nothing bound yet.</summary>
    /// <param name="session">The session.</param>
    /// <param name="placement">Where it wants its values.</param>
    /// <param name="device">Says that a value lies on the device; null for the host.</param>
    public OrtBinding(BoundSession session, StepPlacement placement, OrtMemoryInfo? device)
    {
        _session = session;
        _binding = session.Session.CreateIoBinding();
        _inputs = new OrtValue?[placement.Inputs.Length];
        _outputs = new OrtValue?[placement.Outputs.Length];
        _outputMemory = [.. placement.Outputs.Select(p => p == MemoryPlace.Device ? device! : OrtMemoryInfo.DefaultInstance)];
        // Bound in their order, so that results come back in it.
        for (int i = 0; i < _outputMemory.Length; i++) _binding.BindOutputToDevice(session.Outputs[i], _outputMemory[i]);
    }

    /// <summary>Binds what is another object than before, and runs.</summary>
    public void Run(StepFrame frame, RunOptions options)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (ReferenceEquals(_inputs[i], frame.Inputs[i])) continue;
            if (frame.Inputs[i] is not { } input)
            {
                Unbind(); // an optional that is empty now: ONNX Runtime takes an input that is not bound for that
                i = -1;
                continue;
            }
            _binding.BindInput(_session.Inputs[i], input);
            _inputs[i] = input;
        }
        bool takes = false;
        for (int i = 0; i < _outputs.Length; i++)
        {
            OrtValue? output = frame.Outputs[i];
            takes |= output is null;
            // What the binding made in an earlier run would be written again, so it is bound anew each time.
            if (output is null) _binding.BindOutputToDevice(_session.Outputs[i], _outputMemory[i]);
            else if (!ReferenceEquals(_outputs[i], output)) _binding.BindOutput(_session.Outputs[i], output);
            _outputs[i] = output;
        }
        _session.Session.RunWithBinding(options, _binding);
        if (takes) Take(frame);
    }

    public void Dispose() => _binding.Dispose();

    private void Unbind()
    {
        _binding.ClearBoundInputs();
        Array.Clear(_inputs);
    }

    private void Take(StepFrame frame)
    {
        // The collection would dispose all results together; each lives in a slot of its own instead.
        IDisposableReadOnlyCollection<OrtValue> results = _binding.GetOutputValues();
        int i = 0;
        foreach (OrtValue result in results)
        {
            if (frame.Outputs[i] is null) frame.Outputs[i] = result;
            else result.Dispose();
            i++;
        }
    }
}
