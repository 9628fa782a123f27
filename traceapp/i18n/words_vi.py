"""What pages, labels and the command line say in Vietnamese. Plain, honest, never accusing.

Keys are finding codes, with a variant after a slash where the numbers of a finding change its words.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "record-authentic": ("Hồ sơ xác thực", ": đúng như lúc ký, chưa ai sửa"),
    "record-authentic/partly": (
        "Hồ sơ mới kiểm được một phần",
        ": {count} mục đúng chữ ký, {unchecked} mục theo quy cách mà bản này chưa đọc được",
    ),
    "record-tampered": (
        "Hồ sơ không còn như lúc ký.",
        " {count} mục không khớp với chữ ký hoặc với sổ công khai.",
    ),
    "record-missing": ("Hồ sơ thiếu {count} mục.", " Sổ công khai có ghi, nhưng nội dung không còn."),
    "key-revoked": ("Khóa ký đã bị thu hồi.", " {count} mục ký bằng khóa này không còn được coi là chắc chắn."),
    "account-doubtful": (
        "Tài khoản ghi {count} mục ở đây bị báo lộ từ {since}.",
        " Người khác có thể đã dùng nó.{uncounted_text}",
    ),
    "cosignature-bad": ("Chữ ký thêm của cơ sở không khớp", " ở {count} mục. Chúng tôi không biết vì sao."),
    "record-cosigned": (
        "Người sản xuất ký thêm bằng khóa của máy mình",
        ": {count} mục, không chỉ có chữ ký của chúng tôi",
    ),
    "witnessed": ("Có nhân chứng", ": bên ngoài đã ký chứng đủ {of} mục, {when}"),
    "not-witnessed": ("Chưa có nhân chứng bên ngoài", " nào ký chứng sổ công khai"),
    "not-witnessed/awaited": ("Đang chờ nhân chứng", ": {witnessed} trong {of} mục đã được ký chứng"),
    "code-issued": ("Mã này đã được phát hành", ": tem số {item}, lô {own_lot}. Tem in lại cũng mở ra đúng trang này."),
    "code-unknown": (
        "Không có tem nào mang mã này.",
        " Số này không nằm trong {issued} tem đã phát của lô {own_lot}. Chúng tôi không biết vì sao.",
    ),
    "code-unknown/none": (
        "Không có tem nào mang mã này.",
        " Lô {own_lot} chưa phát tem nào. Chúng tôi không biết vì sao.",
    ),
    "code-unknown/unchecked": (
        "Chưa kiểm được số sê-ri.",
        " Tem không kèm chữ ký thì chỉ kiểm được khi có mạng.",
    ),
    "label-void": ("Tem số {item} đã bị hủy.", " Cơ sở ghi lý do: {reason}."),
    "label-signature-good": ("Chữ ký trên tem đúng", ""),
    "label-signature-bad": (
        "Chữ ký trên tem không khớp.",
        " Số sê-ri có trong sổ, nhưng tem này không phải tem đã in. Chúng tôi không biết vì sao.",
    ),
    "label-signature-missing": (
        "Tem thiếu chữ ký.",
        " Tem của lô này in kèm chữ ký, mã vừa quét thì không có.",
    ),
    "label-key-revoked": (
        "Khóa ký tem đã bị thu hồi.",
        " Chữ ký trên tem không còn đủ: hãy dựa vào số sê-ri và sổ phát hành ở đây.",
    ),
    "serial-key-exposed": (
        "Khóa tạo số sê-ri của đợt tem này đã lộ.",
        " Người khác có thể tạo ra số đúng. So kỹ lô và hạn dùng in trên gói.",
    ),
    "product-unknown": ("Chưa có hồ sơ cho mã này.", " Mã đúng quy cách, nhưng chưa ai đăng ký."),
    "product-unknown/lot": (
        "Chưa có hồ sơ cho lô {asked_lot}.",
        " Sản phẩm đã đăng ký, lô này thì chưa. Xem lại số lô in trên bao bì.",
    ),
    "foreign-code": (
        "Chưa có hồ sơ cho mã này.",
        " Mã đúng quy cách, nhưng chưa ai đăng ký ở đây. Điều đó không nói hàng tốt hay xấu.",
    ),
    "lot-recalled": ("Thu hồi cả lô từ {day}.", " {reason_text}"),
    "input-recalled": ("Có nguyên liệu từ lô {lot_name}, đã bị thu hồi từ {day}.", " {reason_text}"),
    "lot-on-hold": ("Lô đang được giữ lại.", " Lý do: {reason}."),
    "lot-expired": ("Lô đã quá hạn sử dụng", ": {expires}"),
    "inspected": ("Kiểm tra viên đã xem {when}", ": {result}"),
    "inspected/pass": ("Kiểm tra viên đã xem {when}", ": đạt"),
    "inspected/fail": ("Kiểm tra viên đã xem {when}", ": không đạt"),
    "inspected/place-pass": ("Kiểm tra viên đã xem nơi làm {when}", ": đạt"),
    "inspected/place-fail": ("Kiểm tra viên đã xem nơi làm {when}", ": không đạt"),
    "inspected/item-pass": ("Kiểm tra viên đã xem gói số {item} {when}", ": đạt"),
    "inspected/item-fail": ("Kiểm tra viên đã xem gói số {item} {when}", ": không đạt"),
    "identity-confirmed": ("Danh tính cơ sở đã được xác nhận", ""),
    "identity-unconfirmed": (
        "Danh tính cơ sở chưa được xác nhận.",
        " Chưa cơ quan nào nói ai đứng sau hồ sơ này.",
    ),
    "identity-unconfirmed/changed": (
        "Danh tính cơ sở chưa được xác nhận lại.",
        " Sau lần xác nhận trước, cơ sở đã đổi tên, mã số thuế hoặc địa chỉ.",
    ),
    "identity-unconfirmed/denied": (
        "Mã sản phẩm không phải của cơ sở này.",
        " Cơ quan quản lý đã quyết định mã này là của bên khác.",
    ),
    "identity-unconfirmed/disputed": ("Mã sản phẩm đang có tranh chấp.", " Có bên khác nói mã này là của họ."),
    "certificate-valid": ("{scheme_name}", " còn hạn đến {expires}"),
    "certificate-valid/endless": ("{scheme_name}", " còn hiệu lực, không ghi ngày hết hạn"),
    "certificate-expired": ("{scheme_name} đã hết hạn", " từ {expires}"),
    "certificate-expired/valid-at-harvest": (
        "{scheme_name} đã hết hạn",
        " từ {expires}; khi thu hoạch {made} vẫn còn hạn",
    ),
    "certificate-expired/valid-at-making": (
        "{scheme_name} đã hết hạn",
        " từ {expires}; khi làm ra {made} vẫn còn hạn",
    ),
    "certificate-expired/before-harvest": (
        "{scheme_name} đã hết hạn",
        " từ {expires}, trước khi thu hoạch xong {made_until}",
    ),
    "certificate-expired/before-making": (
        "{scheme_name} đã hết hạn",
        " từ {expires}, trước khi làm ra {made_until}",
    ),
    "certificate-suspended": ("{scheme_name} đang bị đình chỉ", " từ {when}{because}"),
    "certificate-revoked": ("{scheme_name} đã bị nơi cấp thu hồi", " từ {when}{because}"),
    "certificate-out-of-scope/subject": ("{scheme_name} không tính cho lô này", ": giấy cấp cho nơi khác"),
    "certificate-out-of-scope/began": ("{scheme_name} không tính cho lô này", ": giấy cấp {issued}, sau ngày {made}"),
    "certificate-out-of-scope/not-begun": ("{scheme_name} chưa bắt đầu", ": giấy có hiệu lực từ {issued}"),
    "certificate-out-of-scope/quantity": (
        "{scheme_name}: tem đã in nhiều hơn sản lượng dự kiến.",
        " Đã in cho {labelled_t} tấn, giấy dự kiến {expected_t} tấn trong năm.",
    ),
    "certificate-confirmed-own-key": ("{scheme_name}, số {number}", ": xác nhận bằng khóa riêng của {issuer_name}"),
    "certificate-confirmed-by-account": (
        "{scheme_name}, số {number}",
        ": {issuer_name} xác nhận qua tài khoản tại đây",
    ),
    "certificate-unconfirmed": ("{scheme_name}, số {number}", ": cơ sở tự khai, {issuer_name} chưa xác nhận"),
    "stars-valid": ("OCOP {stars} sao", ", còn hạn đến {expires}"),
    "stars-expired": ("Không còn sao OCOP.", " Hết hạn từ {expires}. Chưa thấy quyết định công nhận lại."),
    "stars-expired/renewal-declared": (
        "Không còn sao OCOP.",
        " Hết hạn từ {expires}. Cơ sở khai có quyết định mới, nơi cấp chưa xác nhận.",
    ),
    "phi-kept": ("Hái sau phun thuốc {days} ngày", ", nhãn thuốc yêu cầu {phi_days} ngày"),
    "phi-kept/veterinary": (
        "Thu hoạch sau dùng thuốc thú y {days} ngày",
        ", nhãn thuốc yêu cầu {phi_days} ngày",
    ),
    "phi-broken": (
        "Hái sớm {early} ngày sau phun thuốc.",
        " Phun {active} {sprayed}, cách ly {phi_days} ngày: hái được từ {allowed_from}. Đã hái {harvested}.",
    ),
    "phi-broken/within": (
        "Phun thuốc ngay trong kỳ thu hoạch.",
        " Phun {active} đến {sprayed}, hái từ {harvested}. Cách ly {phi_days} ngày: hái được từ {allowed_from}.",
    ),
    "phi-broken/veterinary": (
        "Thu hoạch khi chưa hết thời gian ngừng thuốc thú y.",
        " Dùng {active} đến {sprayed}, ngừng thuốc {phi_days} ngày: thu được từ {allowed_from}. Đã thu {harvested}.",
    ),
    "active-not-permitted": (
        "Hoạt chất {active} không có trong danh mục được dùng",
        ", theo bản ngày {as_of}",
    ),
    "active-not-permitted/unknown": ("Chưa có danh mục để đối chiếu", " hoạt chất {active}"),
    "ccp-in-limits": ("Giới hạn an toàn được giữ", ": {steps_text}"),
    "ccp-corrected": (
        "Bước {step} từng ngoài giới hạn an toàn, đã xử lý và có người kiểm lại",
        ": {checks_text}. {corrective_action}",
    ),
    "ccp-deviation": ("Bước {step} ngoài giới hạn an toàn, chưa ghi cách xử lý", ": {checks_text}."),
    "test-passed": ("Kiểm nghiệm đạt", ": {label}, phiếu {report}"),
    "test-failed": ("Kiểm nghiệm không đạt", ": {results_text}. Phiếu {report}."),
    "mass-balance-ok": ("Khối lượng khớp", " từ nguyên liệu đến thành phẩm"),
    "mass-balance-exceeded/yield": (
        "Khai {claimed_amount} {goods} từ {inputs_text}.",
        " Nhiều nhất chỉ được {most_amount}.",
    ),
    "mass-balance-exceeded/event": (
        "Khai {claimed_amount} {goods} từ {inputs_text}.",
        " Ra không thể nhiều hơn vào: nhiều nhất {most_amount}.",
    ),
    "mass-balance-exceeded/goods": (
        "Khai dùng {claimed_amount} {goods}.",
        " Lô {lot_name} chỉ có {most_amount}.",
    ),
    "mass-balance-exceeded/labels": ("Cần {claimed} tem, kể cả tem đã cấp; hàng chỉ đủ cho {most} tem.", ""),
    "mass-balance-exceeded/restricted": ("Khối lượng {goods} chưa khớp.", " Số lượng không công khai."),
    "mass-balance-unknown": ("Chưa đủ số liệu để cộng khối lượng", ""),
    "mass-balance-unknown/goods": ("Chưa đủ số liệu để cộng khối lượng", ": {goods_text}"),
    "stages-ordered": ("Các công đoạn đúng thứ tự", ""),
    "stages-disordered": ("Thứ tự công đoạn cần xem lại", ": {then_text} trước {first_text}"),
    "disclosure-complete": ("Đủ {of} mục phải công khai", ""),
    "disclosure-incomplete": (
        "Đủ {have_count} trong {of} mục phải công khai.",
        " Còn thiếu: {missing_text}.{drawing_text}",
    ),
    "first-scan": ("Chưa có ai khác quét tem này", ""),
    "scans-normal": (
        "Tem đã được quét {total} lượt",
        ", 24 giờ qua {last_24h}, 7 ngày qua {last_7d}; một nhà thường quét {usual_least} đến {usual_most} lượt",
    ),
    "scans-normal/since": (
        "Tem đã được quét {total} lượt",
        ", lần đầu {first}, 24 giờ qua {last_24h}, 7 ngày qua {last_7d}; "
        "một nhà thường quét {usual_least} đến {usual_most} lượt",
    ),
    "scans-normal/cleared": (
        "Từng có nhiều lượt quét, cơ sở đã xem lại {cleared}",
        ": {cleared_reason}. Đến nay {total} lượt",
    ),
    "copy-suspected": (
        "Tem này có thể đã bị sao chép.",
        " {scans} lượt quét trong {hours} giờ, ở {provinces} tỉnh, thành; "
        "một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "copy-suspected/one-place": (
        "Tem này có thể đã bị sao chép.",
        " {scans} lượt quét trong {hours} giờ, từ {visitors} máy; "
        "một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "copy-suspected/far": (
        "Tem này có thể đã bị sao chép.",
        " Hai máy cách nhau hơn {km} km cùng quét trong vòng {minutes} phút, không ai mang kịp một gói hàng.",
    ),
    "copy-suspected/to-and-fro": (
        "Tem này có thể đã bị sao chép.",
        " {week} lượt quét trong 7 ngày, nơi quét đổi tỉnh {turns} lần; "
        "một nhà thường quét {usual_least} đến {usual_most} lượt, một gói hàng thường chỉ đi một chuyến.",
    ),
    "copy-suspected/used-up": (
        "Tem này có thể đã bị sao chép.",
        " {scans} lượt quét trong {hours} giờ, {after} lượt sau khi có người báo đã dùng hết; "
        "một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "data-stale": ("Lô chưa được cập nhật từ {last}", ", chưa thấy đóng gói hay giao hàng"),
    "data-copied": ("Một mục giống hệt ở lô {lots_text}", ": {label}, {start}"),
    "not-proved": (
        "Tem không nhìn thấy bên trong gói.",
        " Sổ công khai cũng không chứng minh được rằng không có gì bị bỏ sót.",
    ),
    "log-proved": ("Mọi mục nằm trong sổ công khai", ": {origin}, tính đến {size} dòng"),
    "keys-pinned": ("Khóa đúng với bản đã giữ từ trước", ": {host}, bản {version}"),
    "keys-pinned/expired": (
        "Bản khóa đã giữ nay quá hạn.",
        " {host}, bản {version}. Lấy bản mới từ nơi đáng tin rồi kiểm lại.",
    ),
    "keys-not-pinned": (
        "Khóa đi kèm gói, chưa đối chiếu với nơi khác.",
        " {host}, bản {version}. Hồ sơ khớp với nhau, nhưng ai lập ra gói thì chưa biết.",
    ),
    "trust-refused": ("Danh sách khóa trong gói không kiểm được.", " {reason}"),
}

HEADLINES: dict[str, tuple[str, str]] = {
    "record-tampered": ("Hồ sơ không còn như lúc ký", "{count} mục không khớp chữ ký. Đừng dựa vào hồ sơ này."),
    "record-missing": ("Hồ sơ thiếu {count} mục", "Sổ công khai có ghi, nhưng nội dung không còn."),
    "product-unknown": ("Chưa có hồ sơ cho mã này", "Mã đúng quy cách, nhưng chưa ai đăng ký."),
    "product-unknown/lot": ("Chưa có hồ sơ cho lô này", "Sản phẩm đã đăng ký, lô {asked_lot} thì chưa."),
    "foreign-code": (
        "Chưa có hồ sơ cho mã này",
        "Mã đúng quy cách, nhưng chưa ai đăng ký ở đây. Điều đó không nói hàng tốt hay xấu.",
    ),
    "code-unknown": ("Không có tem nào mang mã này", "Mã chưa từng được phát hành. Đừng mua chỉ vì có tem."),
    "code-unknown/unchecked": ("Chưa kiểm được số sê-ri", "Tem không kèm chữ ký thì chỉ kiểm được khi có mạng."),
    "label-void": ("Tem này đã bị hủy", "Cơ sở đã khai hủy tem số {item}: {reason}."),
    "label-signature-bad": ("Chữ ký trên tem không khớp", "Tem này không phải tem đã in. Đừng mua chỉ vì có tem."),
    "lot-recalled": ("Lô này đã bị thu hồi", "Đừng dùng. {action_text}"),
    "lot-on-hold": ("Lô này đang được giữ lại", "Chờ cơ sở hoặc cơ quan quản lý xem xét. Lý do: {reason}."),
    "key-revoked": ("Khóa ký hồ sơ đã bị thu hồi", "{count} mục không còn được coi là chắc chắn."),
    "cosignature-bad": (
        "Chữ ký thêm của cơ sở không khớp",
        "{count} mục không đúng với khóa mà cơ sở đã đăng ký. Đừng dựa vào các mục đó.",
    ),
    "account-doubtful": (
        "Có mục do một tài khoản bị báo lộ ghi",
        "{count} mục, từ {since}. Chưa ai xem lại để nói mục nào đúng.",
    ),
    "phi-broken": (
        "Hái sớm hơn thời gian cách ly",
        "Phun {active} {sprayed}, hái được từ {allowed_from}, đã hái {harvested}.",
    ),
    "phi-broken/veterinary": (
        "Thu hoạch sớm sau dùng thuốc",
        "Dùng {active} đến {sprayed}, thu được từ {allowed_from}, đã thu {harvested}.",
    ),
    "ccp-deviation": ("Có bước ngoài giới hạn an toàn", "Bước {step} chưa ghi cách xử lý: {checks_text}."),
    "input-recalled": ("Có nguyên liệu đã bị thu hồi", "Đừng dùng. Nguyên liệu từ lô {lot_name}. {action_text}"),
    "test-failed": ("Kiểm nghiệm không đạt", "Phiếu {report}: {results_text}."),
    "copy-suspected": (
        "Tem này có thể đã bị sao chép",
        "{scans} lượt quét trong {hours} giờ, ở {provinces} tỉnh, thành. "
        "Một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "copy-suspected/one-place": (
        "Tem này có thể đã bị sao chép",
        "{scans} lượt quét trong {hours} giờ, từ {visitors} máy. "
        "Một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "copy-suspected/far": (
        "Tem này có thể đã bị sao chép",
        "Hai máy cách nhau hơn {km} km cùng quét trong vòng {minutes} phút. Không ai mang kịp một gói hàng.",
    ),
    "copy-suspected/to-and-fro": (
        "Tem này có thể đã bị sao chép",
        "{week} lượt quét trong 7 ngày, nơi quét đổi tỉnh {turns} lần. Một gói hàng thường chỉ đi một chuyến.",
    ),
    "copy-suspected/used-up": (
        "Tem này có thể đã bị sao chép",
        "{scans} lượt quét trong {hours} giờ, {after} lượt sau khi có người báo đã dùng hết. "
        "Một nhà thường quét {usual_least} đến {usual_most} lượt.",
    ),
    "mass-balance-exceeded/yield": ("Số liệu lô này chưa khớp", "{text}"),
    "mass-balance-exceeded/event": ("Số liệu lô này chưa khớp", "{text}"),
    "mass-balance-exceeded/goods": ("Số liệu lô này chưa khớp", "{text}"),
    "mass-balance-exceeded/labels": ("Số liệu lô này chưa khớp", "{text}"),
    "mass-balance-exceeded/restricted": ("Số liệu lô này chưa khớp", "{text}"),
    "lot-expired": ("Lô này đã quá hạn sử dụng", "Hạn dùng đến {expires}."),
    "certificate-suspended": ("{scheme_name} đang bị đình chỉ", "{issuer_name} đình chỉ từ {when}{because}."),
    "certificate-revoked": ("{scheme_name} đã bị thu hồi", "{issuer_name} thu hồi từ {when}{because}."),
    "identity-unconfirmed": ("Danh tính cơ sở chưa được xác nhận", "Chưa cơ quan nào nói ai đứng sau hồ sơ này."),
    "identity-unconfirmed/changed": (
        "Danh tính cơ sở chưa được xác nhận lại",
        "Sau lần xác nhận trước, cơ sở đã đổi tên, mã số thuế hoặc địa chỉ.",
    ),
    "identity-unconfirmed/denied": (
        "Mã sản phẩm không phải của cơ sở này",
        "Cơ quan quản lý đã quyết định mã này là của bên khác.",
    ),
    "identity-unconfirmed/disputed": ("Mã sản phẩm đang có tranh chấp", "Có bên khác nói mã này là của họ."),
    "stars-expired": ("Sao OCOP đã hết hạn", "Hết hạn từ {expires}.{authentic_text}"),
    "record-authentic": ("Hồ sơ xác thực", "{producer_name} lập hồ sơ này. Đến nay còn nguyên như lúc ký."),
    "record-authentic/partly": (
        "Hồ sơ mới kiểm được một phần",
        "{count} mục đúng chữ ký, {unchecked} mục chưa đọc được.",
    ),
    "not-proved": ("Chưa kiểm được gì", "Không có mục hồ sơ nào để kiểm."),
}

REMEDIES: dict[str, str] = {
    "record-tampered": "Báo người vận hành hệ thống. Khôi phục đúng nội dung đã ký rồi thử lại.",
    "record-missing": "Báo người vận hành hệ thống. Khôi phục mục bị thiếu rồi thử lại.",
    "lot-recalled": "Lô đã thu hồi thì không in thêm tem. Lệnh ghi nhầm: lập mục đính chính.",
    "lot-on-hold": "Giải quyết lý do giữ lô, rồi bỏ giữ.",
    "lot-expired": "Lô quá hạn thì không in thêm tem. Ghi nhầm hạn: lập mục đính chính.",
    "input-recalled": "Bỏ phần làm từ lô {lot_name}. Làm lại thành lô mới, không dùng nguyên liệu đó.",
    "phi-broken": (
        "Giữ lô lại, gửi mẫu đo dư lượng, hỏi cán bộ. Ghi nhầm ngày hoặc nhầm thửa: lập mục đính chính, có lý do."
    ),
    "ccp-deviation": "Ghi cách xử lý và người kiểm lại cho bước {step}. Chưa xử lý thì giữ lô lại.",
    "test-failed": "Giữ lô lại, hỏi cán bộ cách xử lý. Phiếu ghi nhầm: phòng thử nghiệm lập mục đính chính.",
    "mass-balance-exceeded/yield": "Xem lại số {goods}. Còn nguyên liệu thì ghi thêm; ghi nhầm thì đính chính.",
    "mass-balance-exceeded/event": "Xem lại số {goods}. Còn nguyên liệu thì ghi thêm; ghi nhầm thì đính chính.",
    "mass-balance-exceeded/goods": "Xem lại số {goods} của lô {lot_name}: ghi thêm nguồn, hoặc đính chính số đã dùng.",
    "mass-balance-exceeded/labels": "Còn in được {left} tem. Tem hỏng thì khai hủy, đóng thêm thì ghi vào nhật ký.",
    "mass-balance-exceeded/restricted": "Xem lại số {goods} trong mục giao, nhận.",
    "account-doubtful": "Xem lại từng mục tài khoản đó ghi: mục đúng thì bỏ nghi ngờ, mục sai thì đính chính.",
    "identity-unconfirmed/denied": (
        "Cơ quan quản lý đã quyết định mã này là của bên khác. Dùng mã của mình, hoặc mang giấy GS1 tới xin xem lại."
    ),
    "identity-unconfirmed/disputed": "Gửi giấy cấp mã của GS1 cho cơ quan quản lý. Xong tranh chấp mới in tem.",
}

MARKS = {
    "declared": "{name} tự khai",
    "confirmed": "{name} xác nhận",
    "tested": "{name} đo",
    "inspected": "{name} đã xem",
    "announced": "{name} thông báo",
    "service": "Hệ thống tự kiểm",
}

NOBODY = {
    "declared": "Người làm ra",
    "confirmed": "Nơi cấp",
    "tested": "Phòng thử nghiệm",
    "inspected": "Kiểm tra viên",
    "announced": "Người làm ra",
    "service": "Hệ thống",
}
"""Who it was, where a name is unknown or was erased."""

SCHEMES = {
    "VIETGAP": "VietGAP",
    "GLOBALGAP": "GlobalG.A.P.",
    "HACCP": "HACCP",
    "ISO22000": "ISO 22000",
    "ORGANIC": "Hữu cơ",
    "OCOP": "OCOP",
    "TEST": "Phiếu kiểm nghiệm",
}

STAGES = {
    "PLOT": "Vùng trồng",
    "SEED": "Giống",
    "INPUT": "Vật tư",
    "FERT": "Bón phân",
    "PPP": "Phun thuốc",
    "FEED": "Cho ăn",
    "VETDRUG": "Thuốc thú y",
    "SOURCE": "Mua nguyên liệu",
    "HARVEST": "Thu hoạch",
    "MIX": "Phối trộn",
    "FERMENT": "Ủ",
    "DRAW": "Kéo rút",
    "PROCESS": "Chế biến",
    "PACKHOUSE": "Sơ chế",
    "CCP": "Canh giới hạn an toàn",
    "TEST": "Kiểm nghiệm",
    "STORE": "Lưu kho",
    "PACK": "Đóng gói",
    "SHIP": "Xuất hàng",
    "RECEIVE": "Nhận hàng",
    "SELL": "Bán hàng",
    "RECALL": "Thu hồi",
}

ITEMS = {
    "product-name": "tên sản phẩm",
    "image": "ảnh thật của sản phẩm",
    "unit-name": "tên cơ sở",
    "unit-address": "địa chỉ cơ sở",
    "stages": "công đoạn, có nơi và ngày",
    "production-time": "ngày sản xuất",
    "trace-code": "mã truy xuất",
    "brand": "nhãn hiệu",
    "shelf-life": "hạn sử dụng",
    "standards": "tiêu chuẩn áp dụng",
}

PHRASES = {
    "at-least": "cần từ {least}",
    "at-most": "cần không quá {most}",
    "between": "cần từ {least} đến {most}",
    "and": " và ",
    "drawing": " Đang dùng hình vẽ.",
    "uncounted": " {count} lời xác nhận, bỏ giữ, đính chính hoặc ký thêm của nó không còn được tính.",
    "authentic": " Hồ sơ của lô vẫn xác thực.",
    "because": ": {reason}",
    "source-lot": " (lô nguyên liệu {lot_name})",
    "ask-seller": "Hỏi nơi mua hoặc cơ sở.",
    "no-reason": "Không ghi lý do.",
    "producer": "Cơ sở",
    "not-recalled": "Không bị thu hồi",
    "checked-at": ", kiểm lúc {time}",
}
