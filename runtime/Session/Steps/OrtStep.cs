using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// A step that ONNX Runtime executes: a fallback segment, or a group without a usable engine. Contexts share sessions of the
/// host; each has a binding of its own.
/// </summary>
internal sealed class OrtStep : IStepExecutor
{
    private const int RunsBetweenWaits = 64;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtMemoryInfo[] _outputMemory;
    private readonly OrtValue?[] _boundInputs;
    private readonly OrtValue?[] _boundOutputs;
    private readonly string _name;
    private readonly bool _ownsSession;
    private readonly DeviceStream? _stream;
    private readonly IDisposable? _held;
    private int _runs;

    /// <summary>A step over a session.</summary>
    /// <param name="session">The session, whose inputs and outputs are those of the step in their order.</param>
    /// <param name="name">What the step is called in messages.</param>
    /// <param name="placement">Where the session wants its values.</param>
    /// <param name="device">What computes it, for people.</param>
    /// <param name="stream">The device that the session computes on; null for the host.</param>
    /// <param name="onlyEnqueues">Whether a run does not wait for the device.</param>
    /// <param name="ownsSession">Whether the session ends with the step.</param>
    public OrtStep(InferenceSession session, string name, StepPlacement placement, string device, DeviceStream? stream, bool onlyEnqueues, bool ownsSession)
    {
        _session = session;
        _name = name;
        _ownsSession = ownsSession;
        Placement = placement;
        Device = device;
        OnlyEnqueues = onlyEnqueues;
        _stream = stream;
        _held = stream?.Hold(session);
        _binding = session.CreateIoBinding();
        _boundInputs = new OrtValue?[placement.Inputs.Length];
        _boundOutputs = new OrtValue?[placement.Outputs.Length];
        _outputMemory = [.. placement.Outputs.Select(p => p == MemoryPlace.Device ? stream!.MemoryInfo : OrtMemoryInfo.DefaultInstance)];
        // Bound in their order, so that results come back in it. The writer keeps the order and may change names.
        for (int i = 0; i < _outputMemory.Length; i++) _binding.BindOutputToDevice(session.OutputNames[i], _outputMemory[i]);
    }

    public string Device { get; }

    public StepPlacement Placement { get; }

    public bool OnlyEnqueues { get; }

    public void Run(StepFrame frame, RunControl control)
    {
        try
        {
            for (int i = 0; i < _boundInputs.Length; i++)
            {
                if (ReferenceEquals(_boundInputs[i], frame.Inputs[i])) continue;
                if (frame.Inputs[i] is not { } input)
                {
                    Unbind(); // an optional that is empty now: ONNX Runtime takes an input that is not bound for that
                    i = -1;
                    continue;
                }
                _binding.BindInput(_session.InputNames[i], input);
                _boundInputs[i] = input;
            }
            bool takes = false;
            for (int i = 0; i < _boundOutputs.Length; i++)
            {
                OrtValue? output = frame.Outputs[i];
                takes |= output is null;
                // What the binding made in an earlier run would be written again, so it is bound anew each time.
                if (output is null) _binding.BindOutputToDevice(_session.OutputNames[i], _outputMemory[i]);
                else if (!ReferenceEquals(_boundOutputs[i], output)) _binding.BindOutput(_session.OutputNames[i], output);
                _boundOutputs[i] = output;
            }
            // What kernels copy from the host is given back only by runs that wait, so one now and then does.
            bool waits = !OnlyEnqueues || (!control.IsRecording && ++_runs % RunsBetweenWaits == 0);
            _session.RunWithBinding(waits ? control.Waiting : control.Enqueuing, _binding);
            if (takes) Take(frame);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtFault.Of(_name, e);
        }
    }

    public void Dispose()
    {
        _binding.Dispose();
        if (!_ownsSession) return;
        _session.Dispose();
        if (_held is null) return;
        _stream!.Synchronize();
        _held.Dispose();
    }

    private void Unbind()
    {
        _binding.ClearBoundInputs();
        Array.Clear(_boundInputs);
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
