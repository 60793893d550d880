using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>The functions of a compiled group that ONNX Runtime calls (OrtNodeComputeInfo).</summary>
internal sealed unsafe class GroupFunction
{
    private const int Last = (int)ComputeInfoSlot.ReleaseState;

    private readonly OrtHost _ort;
    private readonly IGroupRunner _runner;

    private GroupFunction(OrtHost ort, IGroupRunner runner) => (_ort, _runner) = (ort, runner);

    /// <summary>Makes the table of a group; <see cref="Release"/> frees it with the runner.</summary>
    public static nint Table(OrtHost ort, IGroupRunner runner)
    {
        nint* table = CallbackTable.Allocate(ort.Version, Last, new GroupFunction(ort, runner));
        table[(int)ComputeInfoSlot.CreateState] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint*, nint>)&CreateState;
        table[(int)ComputeInfoSlot.Compute] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint>)&Compute;
        table[(int)ComputeInfoSlot.ReleaseState] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&ReleaseState;
        return (nint)table;
    }

    /// <summary>Frees a table; nothing happens for null.</summary>
    public static void Release(nint table)
    {
        if (table == 0) return;
        CallbackTable.Owner<GroupFunction>(table, Last)._runner.Dispose();
        CallbackTable.Free(table, Last);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateState(nint self, nint context, nint* state)
    {
        *state = self; // a group has no state besides its runner
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Compute(nint self, nint state, nint context)
    {
        GroupFunction function = CallbackTable.Owner<GroupFunction>(self, Last);
        try
        {
            function._runner.Run(context);
            return 0;
        }
        catch (Exception e)
        {
            return function._ort.Status(Boundary.MessageOf(e));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseState(nint self, nint state) { }
}
