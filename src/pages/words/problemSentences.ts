/** The sentence of each error in the languages beside English, which `http/problem.ts` has. */
import type { ProblemCode } from '../../http/problem.ts'
import type { Sentence } from '../../lib/locale.ts'

/** The sentence of each code in the languages beside English, whose sentence the code has. */
export const PROBLEM_SENTENCES: Readonly<Record<ProblemCode, Omit<Sentence, 'en'>>> = {
  multiple_credentials: {
    tr: 'Her türden yalnızca bir kimlik bilgisi gönderin.',
    es: 'Envíe solo una credencial de cada tipo.',
  },
  invalid_json: {
    tr: 'Gövde geçerli bir JSON değil.',
    es: 'El cuerpo no es JSON válido.',
  },
  invalid_input: {
    tr: 'İstek geçerli değil.',
    es: 'La solicitud no es válida.',
  },
  invalid_id: {
    tr: 'Kimlik geçerli değil.',
    es: 'El identificador no es válido.',
  },
  invalid_path: {
    tr: 'Yol birden fazla biçimde okunabiliyor. Sade biçimiyle gönderin.',
    es: 'La ruta se puede leer de más de una manera. Envíela en su forma simple.',
  },
  sign_in_link_invalid: {
    tr: 'Bu bağlantının süresi dolmuş ya da bağlantı kullanılmış. Yenisini isteyin.',
    es: 'Este enlace ha caducado o ya se usó. Pida otro.',
  },
  sign_in_elsewhere: {
    tr: 'Bu bağlantıyı, isteyen tarayıcıda açın ya da e-postadaki kodu orada bekleyen sayfaya yazın. Kodu yalnızca e-postayı kendiniz istediğiniz bir sayfaya yazın.',
    es: 'Abra este enlace en el navegador que lo pidió, o escriba el código del correo en la página que espera allí. Escríbalo solo en una página donde usted mismo pidió el correo.',
  },
  sign_in_code_invalid: {
    tr: 'Bu tarayıcı için kodu hâlâ geçerli olan bir e-posta yok. Yeni bir e-posta isteyin.',
    es: 'Este navegador no tiene ningún correo con un código que siga siendo válido. Pida otro correo.',
  },
  sign_in_code_spent: {
    tr: 'Çok fazla yanlış kod. E-postadaki bağlantı burada hâlâ çalışır.',
    es: 'Demasiados códigos erróneos. El enlace del correo sigue funcionando aquí.',
  },
  sign_in_google_invalid: {
    tr: 'Google ile giriş tamamlanmadı, süresi doldu, kullanıldı ya da başka bir tarayıcıda başlatıldı. Yeniden başlayın.',
    es: 'El inicio de sesión con Google no se completó, caducó, ya se usó o empezó en otro navegador. Empiece de nuevo.',
  },
  email_not_verified: {
    tr: 'Google e-posta adresinize kefil olmuyor. Bunun yerine e-posta ile giriş yapın.',
    es: 'Google no responde por su dirección de correo. Inicie sesión por correo.',
  },
  account_not_admitted: {
    tr: 'Bu e-posta adresiyle bir hesap yok ve bu adres için yeni hesap açılmıyor. Bu API’yi işletenlere başvurun.',
    es: 'No hay ninguna cuenta con esta dirección de correo y no se crean nuevas para ella. Pregunte a quienes gestionan esta API.',
  },
  account_disabled: {
    tr: 'Bu hesap devre dışı. Bu API’yi işletenlere başvurun.',
    es: 'Esta cuenta está desactivada. Pregunte a quienes gestionan esta API.',
  },
  invalid_request: {
    tr: 'İstek geçerli değil.',
    es: 'La solicitud no es válida.',
  },
  invalid_grant: {
    tr: 'Kod ya da belirteç geçerli değil.',
    es: 'El código o el token no es válido.',
  },
  invalid_scope: {
    tr: 'İstenen kapsam verilemez.',
    es: 'El alcance solicitado no se puede conceder.',
  },
  invalid_target: {
    tr: 'Ağ geçidi bu kaynağı korumuyor.',
    es: 'La puerta de enlace no protege este recurso.',
  },
  unsupported_grant_type: {
    tr: 'grant_type, authorization_code ya da refresh_token olmalıdır.',
    es: 'El tipo de concesión debe ser authorization_code o refresh_token.',
  },
  invalid_redirect_uri: {
    tr: 'Bir yönlendirme adresi geçerli değil.',
    es: 'Una URI de redirección no es válida.',
  },
  client_document_unusable: {
    tr: 'Uygulamanın üst veri belgesi kullanılamıyor.',
    es: 'El documento de metadatos de la aplicación no se puede usar.',
  },
  invalid_client_metadata: {
    tr: 'İstemcinin üst verisi geçerli değil.',
    es: 'Los metadatos del cliente no son válidos.',
  },
  payment_required: {
    tr: 'Bu çağrı ücretlidir: ödeyin ya da bir anahtarla çağırın.',
    es: 'Esta llamada cuesta dinero: pague o llame con una clave.',
  },
  payment_invalid: {
    tr: 'Ödeme kabul edilmedi.',
    es: 'El pago no fue aceptado.',
  },
  unauthenticated: {
    tr: 'Geçerli bir kimlik bilgisi gerekli.',
    es: 'Se necesita una credencial válida.',
  },
  invalid_client: {
    tr: 'İstemci bilinmiyor ya da gizli anahtarı yanlış.',
    es: 'El cliente es desconocido o su secreto es incorrecto.',
  },
  already_created: {
    tr: 'Bu Idempotency-Key ile kullanımda olan ya da sona ermiş bir anahtar oluşturulmuş. O anahtarı kullanın ya da yeni bir Idempotency-Key gönderin.',
    es: 'Esta Idempotency-Key creó una clave que está en uso o que ha terminado. Use esa clave o envíe una Idempotency-Key nueva.',
  },
  idempotency_key_reused: {
    tr: 'Bu Idempotency-Key daha önce başka bir çağrı veya gövdeyle gönderildi. Yenisini gönderin.',
    es: 'Esta Idempotency-Key se envió antes para otra llamada u otro cuerpo. Envíe una nueva.',
  },
  api_key_limit_reached: {
    tr: 'Etkin API anahtarı sınırına ulaştınız. Önce birini iptal edin.',
    es: 'Ha alcanzado el límite de claves de API activas. Revoque una primero.',
  },
  cross_site_request: {
    tr: 'Oturum çerezi taşıyan bir istek bu siteden gelmelidir.',
    es: 'Una solicitud con una cookie de sesión debe venir de este sitio.',
  },
  insufficient_scope: {
    tr: 'Kimlik bilgisi gereken kapsamı taşımıyor. Bu kapsamı taşıyan bir belirteç isteyin.',
    es: 'La credencial no tiene el alcance necesario. Pida un token que lo tenga.',
  },
  not_found: {
    tr: 'Bu adreste hiçbir şey yok. Bir hata olup olmadığına bakın.',
    es: 'No hay nada en esta dirección. Compruebe si tiene algún error.',
  },
  method_not_allowed: {
    tr: 'Bu yol bu yöntemi kabul etmiyor.',
    es: 'Esta ruta no acepta este método.',
  },
  request_timeout: {
    tr: 'İsteğin gövdesi zamanında gelmedi. Duraklamadan yeniden gönderin.',
    es: 'El cuerpo de la solicitud no llegó a tiempo. Envíelo de nuevo sin pausas.',
  },
  payload_too_large: {
    tr: 'İsteğin gövdesi çok büyük.',
    es: 'El cuerpo de la solicitud es demasiado grande.',
  },
  uri_too_long: {
    tr: 'Adres çok uzun.',
    es: 'La URL es demasiado larga.',
  },
  misdirected_request: {
    tr: 'Bu ağ geçidi o adrese hizmet vermiyor.',
    es: 'Esta puerta de enlace no atiende ese host.',
  },
  rate_limit_exceeded: {
    tr: 'Çok fazla istek. Bekleyip yeniden deneyin.',
    es: 'Demasiadas solicitudes. Espere e inténtelo de nuevo.',
  },
  headers_too_large: {
    tr: 'İsteğin başlıkları çok büyük.',
    es: 'Las cabeceras de la solicitud son demasiado grandes.',
  },
  internal_error: {
    tr: 'Bizim tarafımızda bir sorun oluştu. Yeniden olursa x-request-id değerini bu API’yi işletenlere bildirin.',
    es: 'Algo salió mal por nuestra parte. Si vuelve a ocurrir, comunique el x-request-id a quienes gestionan esta API.',
  },
  origin_unavailable: {
    tr: 'Bu rotanın arkasındaki hizmete ulaşılamadı ya da yanıtı iletilemedi. Bir okuma yinelenebilir; bir yazmanın önce yapılıp yapılmadığına bakın.',
    es: 'No se pudo contactar con el servicio que hay detrás de esta ruta, o transmitir su respuesta. Una lectura se puede repetir; si era una escritura, compruebe antes si se hizo.',
  },
  answer_too_large: {
    tr: 'Yanıt, bu rotada satılamayacak kadar büyük. Daha azını isteyin.',
    es: 'La respuesta es demasiado grande para venderse en esta ruta. Pida menos.',
  },
  answer_uncountable: {
    tr: 'Hizmet, yanıtında kaç sonuç olduğunu bildirmedi. Bunu bu API’yi işletenlere bildirin.',
    es: 'El servicio no indicó cuántos resultados tiene su respuesta. Avise a quienes gestionan esta API.',
  },
  payment_pending: {
    tr: 'Ödeme hâlâ denetleniyor. Bekleyin ve yeniden çağırın.',
    es: 'El pago todavía se está comprobando. Espere y vuelva a llamar.',
  },
  service_unavailable: {
    tr: 'Ağ geçidinin bir bölümü kullanılamıyor. Kısa süre sonra yeniden deneyin.',
    es: 'Una parte de la puerta de enlace no está disponible. Inténtelo de nuevo en un momento.',
  },
  origin_timeout: {
    tr: 'Bu rotanın arkasındaki hizmet geç yanıt verdi. Bir okuma yinelenebilir; bir yazmanın önce yapılıp yapılmadığına bakın.',
    es: 'El servicio que hay detrás de esta ruta tardó demasiado en responder. Una lectura se puede repetir; si era una escritura, compruebe antes si se hizo.',
  },
}
