using System.Runtime.InteropServices;

namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>
/// The ONNX Runtime that loaded this library: its function tables. Everything goes through them, so there is never a second copy of
/// ONNX Runtime in the process. Most functions have one of a few forms, which have a method each; objects are opaque pointers.
/// </summary>
internal sealed unsafe class OrtHost
{
    /// <summary>The first version that has plugins (ONNX Runtime 1.23), and the newest whose structs are known here.</summary>
    public const int Oldest = 23, Newest = 31;

    private const int Fail = 1; // OrtErrorCode: ORT_FAIL

    private readonly nint* _api;
    private readonly nint* _epApi;

    private OrtHost(nint* api, int version, string text)
    {
        _api = api;
        Version = version;
        VersionText = text;
        _epApi = (nint*)((delegate* unmanaged[Cdecl]<nint>)api[(int)ApiSlot.GetEpApi])();
    }

    /// <summary>The version of the API for the structs of this library: that of the host, but at most <see cref="Newest"/>.</summary>
    public int Version { get; }

    /// <summary>The version of the host as it prints it, for instance <c>1.31.1</c>.</summary>
    public string VersionText { get; }

    /// <summary>Opens the tables of a host.</summary>
    /// <param name="apiBase">The OrtApiBase that ONNX Runtime passes to CreateEpFactories.</param>
    /// <param name="status">Null, or a status that says why there is no host: it is older than 1.23.</param>
    /// <returns>The host, or null where <paramref name="status"/> is set.</returns>
    public static OrtHost? Open(nint apiBase, out nint status)
    {
        var getApi = (delegate* unmanaged[Cdecl]<uint, nint*>)((nint*)apiBase)[0];
        var getVersion = (delegate* unmanaged[Cdecl]<byte*>)((nint*)apiBase)[1];
        string text = Marshal.PtrToStringUTF8((nint)getVersion()) ?? "";
        status = 0;
        // The host states its version twice: as text, and by the tables that it gives. A table is what counts. It logs each refusal,
        // so the text is asked first.
        int version = text.Split('.') is [_, var minor, ..] && int.TryParse(minor, out int m) ? Math.Clamp(m, Oldest, Newest) : Newest;
        for (; version >= Oldest; version--)
            if (getApi((uint)version) is var api && api != null) return new(api, version, text);
        nint* first = getApi(1);
        if (first != null)
            status = CreateStatus(first, ProviderCodes.OldHost.At("ONNX Runtime " + text, "plugins need version 1.23 or later").ToString());
        return null;
    }

    /// <summary>A status with a message. ONNX Runtime releases it.</summary>
    public nint Status(string message) => CreateStatus(_api, message);

    /// <summary>Throws where a call returned a status, and releases that.</summary>
    /// <exception cref="OrtException">The status is an error.</exception>
    public void Check(nint status, string call)
    {
        if (status == 0) return;
        string message = Text(((delegate* unmanaged[Cdecl]<nint, nint>)this[ApiSlot.GetErrorMessage])(status));
        Release(ApiSlot.ReleaseStatus, status);
        throw new OrtException(call, message);
    }

    /// <summary>The same. The name of the call is made only if there is an error.</summary>
    public void Check(nint status, Enum call)
    {
        if (status != 0) Check(status, call.ToString());
    }

    /// <summary>The address of a function.</summary>
    public nint this[ApiSlot slot] => _api[(int)slot];

    /// <summary>The address of a function.</summary>
    public nint this[EpApiSlot slot] => _epApi[(int)slot];

    /// <summary>The address of a function of the model editor.</summary>
    public nint this[ModelEditorSlot slot] =>
        ((nint*)((delegate* unmanaged[Cdecl]<nint>)this[ApiSlot.GetModelEditorApi])())[(int)slot];

    /// <summary><c>OrtStatus* f(object, T* result)</c> for a result of up to eight bytes.</summary>
    public nint Get(ApiSlot slot, nint of) => Get(this[slot], of, slot);

    /// <summary><c>OrtStatus* f(object, T** result)</c>.</summary>
    public nint Get(EpApiSlot slot, nint of) => Get(this[slot], of, slot);

    /// <summary><c>OrtStatus* f(T** result)</c>.</summary>
    public nint Create(ApiSlot slot) => Create(this[slot], slot);

    /// <summary><c>OrtStatus* f(T** result)</c>.</summary>
    public nint Create(EpApiSlot slot) => Create(this[slot], slot);

    /// <summary><c>OrtStatus* f(object, const char** result)</c>.</summary>
    public string GetText(ApiSlot slot, nint of) => Text(Get(slot, of));

    /// <summary><c>OrtStatus* f(object, size_t* count)</c>, then <c>OrtStatus* f(object, T** items, size_t count)</c>.</summary>
    public nint[] List(ApiSlot count, ApiSlot items, nint of)
    {
        var list = new nint[Get(count, of)];
        fixed (nint* first = list)
            if (list.Length > 0)
                Check(((delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint>)this[items])(of, first, (nuint)list.Length), items.ToString());
        return list;
    }

    /// <summary><c>T f(object)</c>, for a result of up to eight bytes.</summary>
    public nint Ask(ApiSlot slot, nint of) => ((delegate* unmanaged[Cdecl]<nint, nint>)this[slot])(of);

    /// <summary><c>T f(object)</c>, for a result of up to eight bytes.</summary>
    public nint Ask(EpApiSlot slot, nint of) => ((delegate* unmanaged[Cdecl]<nint, nint>)this[slot])(of);

    /// <summary><c>OrtStatus* f(object, object, object)</c>. A pointer to a string of C can take the place of an object.</summary>
    public void Call(ApiSlot slot, nint of, nint first, nint second) =>
        Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint>)this[slot])(of, first, second), slot);

    /// <summary><c>OrtStatus* f(object, int)</c>.</summary>
    public void Set(ApiSlot slot, nint of, int value) =>
        Check(((delegate* unmanaged[Cdecl]<nint, int, nint>)this[slot])(of, value), slot.ToString());

    /// <summary><c>void f(object)</c>; nothing happens for null.</summary>
    public void Release(ApiSlot slot, nint handle) => Release(this[slot], handle);

    /// <summary><c>void f(object)</c>; nothing happens for null.</summary>
    public void Release(EpApiSlot slot, nint handle) => Release(this[slot], handle);

    /// <summary>The entries of OrtKeyValuePairs.</summary>
    public Dictionary<string, string> Pairs(nint pairs)
    {
        nint* keys, values;
        nuint count;
        ((delegate* unmanaged[Cdecl]<nint, nint**, nint**, nuint*, void>)this[ApiSlot.GetKeyValuePairs])(pairs, &keys, &values, &count);
        var entries = new Dictionary<string, string>((int)count);
        for (nuint i = 0; i < count; i++) entries[Text(keys[i])] = Text(values[i]);
        return entries;
    }

    /// <summary>Writes a line to a logger of ONNX Runtime.</summary>
    /// <param name="logger">The logger.</param>
    /// <param name="level">The level: 0 verbose, 1 information, 2 warning, 3 error.</param>
    /// <param name="message">The line.</param>
    public void Log(nint logger, int level, string message)
    {
        using var text = new Utf8Text(message);
        using var place = new Utf8Text("GraphPartition");
        nint status = ((delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint>)this[ApiSlot.Logger_LogMessage])(
            logger, level, text.Pointer, place.Pointer, 0, place.Pointer);
        Release(ApiSlot.ReleaseStatus, status); // a line that cannot be written is no reason to fail
    }

    /// <summary>Whether a logger keeps messages of a level.</summary>
    public bool Keeps(nint logger, int level)
    {
        int least;
        Check(((delegate* unmanaged[Cdecl]<nint, int*, nint>)this[ApiSlot.Logger_GetLoggingSeverityLevel])(logger, &least),
            nameof(ApiSlot.Logger_GetLoggingSeverityLevel));
        return level >= least;
    }

    /// <summary>A string of C; the empty text for null.</summary>
    public static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    private nint Get(nint function, nint of, Enum slot)
    {
        nint result = 0;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)function)(of, &result), slot);
        return result;
    }

    private nint Create(nint function, Enum slot)
    {
        nint result = 0;
        Check(((delegate* unmanaged[Cdecl]<nint*, nint>)function)(&result), slot);
        return result;
    }

    private static void Release(nint function, nint handle)
    {
        if (handle != 0) ((delegate* unmanaged[Cdecl]<nint, void>)function)(handle);
    }

    private static nint CreateStatus(nint* api, string message)
    {
        using var text = new Utf8Text(message);
        return ((delegate* unmanaged[Cdecl]<int, nint, nint>)api[(int)ApiSlot.CreateStatus])(Fail, text.Pointer);
    }
}
